//! States that are kept beside the log, so that a long history need not be read again.
//!
//! They change no answer: one that is damaged, of another version, or of other events than the log has is not believed. A log may lose its
//! newest events while what stands beside it stays: by a loss of power, or when a backup is put back. Where a repair has given events up, no
//! snapshot is believed any more: some connection may have had them in its states, and keep these later.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    mem,
};

use twox_hash::XxHash64;
use uuid::Uuid;

use crate::{
    log::{LogError, ReadStream},
    model::StreamId,
    storage::{Forget, Snapshot, SnapshotKey, Storage},
};

use super::{
    Decider, Repository, SnapshotError,
    line::{Known, Line},
};

/// A state whose text is longer is not kept, in bytes: to read so much costs more than it saves.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// About so many bytes are kept in one transaction.
const BYTES_AT_ONCE: usize = 1024 * 1024;

/// The checksum, which comes first.
const CHECKSUM_BYTES: usize = size_of::<u64>();

/// The id of the newest event in the state, which follows.
const ID_BYTES: usize = size_of::<uuid::Bytes>();

/// When states of an aggregate are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotPolicy {
    /// After so many events, at least 1.
    pub every: u64,
    /// Of the code that makes states: what another version has made is not read.
    pub version: String,
}

/// Whether a snapshot was asked for, and what the answer was.
pub(super) enum Asked {
    NotYet,
    Answered(Option<Snapshot>),
}

/// Of one repository: whose states are to be kept.
pub(super) struct Keeping {
    pub(super) policy: Option<SnapshotPolicy>,
    due: RefCell<BTreeSet<StreamId>>,
    /// Whether those of other versions are gone.
    is_tidy: Cell<bool>,
}

impl Keeping {
    pub(super) fn by(policy: Option<SnapshotPolicy>) -> Self {
        Self { policy, due: RefCell::default(), is_tidy: Default::default() }
    }
}

impl<S: Storage, D: Decider> Repository<S, D> {
    /// Whether there are states that should be kept by now: see [`Repository::save_snapshots`].
    #[must_use]
    pub fn has_snapshots_due(&self) -> bool {
        !self.keeping.due.borrow().is_empty()
    }

    /// Keeps the states that are due. Call it when there is time: nothing waits for it, and what it does not keep is made again. Says how
    /// many it has kept.
    ///
    /// # Errors
    /// [`SnapshotError`] when a state cannot be written, or the storage fails. The aggregate works all the same, by replay; its next try is
    /// after as many events again.
    pub async fn save_snapshots(&self) -> Result<usize, SnapshotError> {
        let Some(policy) = &self.keeping.policy else { return Ok(0) };
        let due = self.keeping.due.take();
        if self.store.has_lost() {
            return Ok(0);
        }
        if !due.is_empty() && !self.keeping.is_tidy.replace(true) {
            let (name, version) = (self.decider.name(), &*policy.version);
            self.store.forget(Forget::OtherVersions { name, version }).await?;
        }
        let (mut batch, mut bytes, mut count) = (Vec::new(), 0, 0);
        let mut unfit = None;
        for stream_id in due {
            let Some(line) = self.known_line(&stream_id) else { continue };
            let Some(Known { state, revision }) = line.to_keep(policy.every) else { continue };
            let Some(newest) = self.id_of(&stream_id, revision, self.store.head()).await else { continue };
            match self.decider.freeze(&state) {
                Ok(text) if text.len() > MAX_BYTES => {
                    let why = format!("it is longer than {MAX_BYTES} bytes");
                    unfit = Some(SnapshotError::Unfit { stream_id, why });
                }
                Ok(text) => {
                    bytes += text.len();
                    let key = self.snapshot_key(&stream_id, policy);
                    batch.push(Snapshot { key, revision, bytes: encode(revision, newest, &text) });
                }
                Err(why) => unfit = Some(SnapshotError::Unfit { stream_id, why }),
            }
            if bytes > BYTES_AT_ONCE {
                count += self.keep(&mut batch).await?;
                bytes = 0;
            }
        }
        count += self.keep(&mut batch).await?;
        unfit.map_or(Ok(count), Err)
    }

    /// Notes that the state of a line is to be kept, if it is.
    pub(super) fn note(&self, stream_id: &StreamId, line: &Line<D::State>) {
        if let Some(policy) = &self.keeping.policy
            && line.is_due(policy.every)
        {
            self.keeping.due.borrow_mut().insert(stream_id.clone());
        }
    }

    /// The state that was kept last of an aggregate that has so many events up to a position. A snapshot that cannot be read, or is of other
    /// events, is forgotten; one that cannot be asked for counts as none: if more than that is wrong, reading the events says so.
    pub(super) async fn recall(
        &self,
        stream_id: &StreamId,
        revision: u64,
        head: u64,
        asked: Asked,
    ) -> Option<Known<D::State>> {
        let is_long = |policy: &&SnapshotPolicy| revision >= policy.every;
        let policy = self.keeping.policy.as_ref().filter(is_long).filter(|_| !self.store.has_lost())?;
        let key = self.snapshot_key(stream_id, policy);
        let kept = match asked {
            Asked::Answered(kept) => kept?,
            Asked::NotYet => self.store.recall(&key).await.ok()??,
        };
        let found = decode(&kept);
        // Another connection may have kept a newer one than was looked for.
        if kept.revision > revision && found.is_some() {
            return None;
        }
        let state = match found {
            Some((newest, text)) if self.id_of(stream_id, kept.revision, head).await == Some(newest) => {
                self.decider.thaw(text)
            }
            _ => None,
        };
        if state.is_none() {
            // Whether that is done or not, it is not believed.
            let _ = self.store.forget(Forget::One(&key)).await;
        }
        state.map(|state| Known { state, revision: kept.revision })
    }

    /// The snapshot of an aggregate, as it is stored.
    pub(super) async fn ask_for_snapshot(&self, stream_id: &StreamId) -> Option<Snapshot> {
        let policy = self.keeping.policy.as_ref().filter(|_| !self.store.has_lost())?;
        self.store.recall(&self.snapshot_key(stream_id, policy)).await.ok()?
    }

    /// The id of an event, in the log up to a position; `None`, too, when it cannot be read.
    async fn id_of(&self, stream_id: &StreamId, revision: u64, head: u64) -> Option<Uuid> {
        let read = ReadStream { from: revision, to: revision, ..ReadStream::default() };
        let mut reader = self.store.read_stream_at(stream_id.clone(), &read, head).await.ok()?;
        let page = reader.next_page().await.ok()??;
        page.events().next().map(|event| event.id())
    }

    async fn keep(&self, batch: &mut Vec<Snapshot>) -> Result<usize, LogError> {
        let batch = mem::take(batch);
        if !batch.is_empty() {
            self.store.keep(&batch).await?;
        }
        Ok(batch.len())
    }

    fn snapshot_key(&self, stream_id: &StreamId, policy: &SnapshotPolicy) -> SnapshotKey {
        let name = self.decider.name();
        let id = stream_id.as_str().get(name.len() + 1..).unwrap_or_default().to_owned();
        SnapshotKey { name: name.to_owned(), version: policy.version.clone(), id }
    }
}

/// A checksum, the id of the newest event, and the text. The revision is the checksum's seed: the rest under another revision does not match.
pub(crate) fn encode(revision: u64, newest: Uuid, text: &str) -> Vec<u8> {
    let rest = [newest.as_bytes(), text.as_bytes()].concat();
    let checksum = XxHash64::oneshot(revision, &rest);
    [&checksum.to_le_bytes(), &*rest].concat()
}

pub(crate) fn decode(Snapshot { revision, bytes, .. }: &Snapshot) -> Option<(Uuid, &str)> {
    let (checksum, rest) = bytes.split_first_chunk::<CHECKSUM_BYTES>()?;
    let (newest, text) = rest.split_first_chunk::<ID_BYTES>()?;
    let is_whole = XxHash64::oneshot(*revision, rest) == u64::from_le_bytes(*checksum);
    let text = std::str::from_utf8(text).ok().filter(|_| is_whole)?;
    Some((Uuid::from_bytes(*newest), text))
}
