//! Records on their way from the storage.

use std::{cell::RefCell, mem, ops::RangeInclusive, rc::Rc};

use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, Shared, WeakShared, join_all},
};

use crate::storage::{Reading, Record, Shelf, Storage, Wanted};

use super::{LogError, core::Core, directory::RecordMeta, hashing::FastMap, loading::Missed};

type Errand = LocalBoxFuture<'static, Result<Rc<Vec<Record>>, Missed>>;

/// Above so many it is looked for those that are over.
const MANY: usize = 1024;

/// Records on their way from the storage: whoever needs one that somebody else has asked for waits for the same. Whoever waits for an
/// errand drives it; it ends with the last of them.
#[derive(Default)]
pub(super) struct Errands(RefCell<FastMap<(Shelf, u64), WeakShared<Errand>>>);

/// A key, and the one that the next record would have if it followed at once: such are read as one range.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    key: u64,
    next: u64,
}

impl Asked {
    pub(super) fn segment(key: u64) -> Self {
        Self { key, next: key + 1 }
    }

    pub(super) fn commit(meta: &RecordMeta) -> Self {
        Self { key: meta.first, next: meta.last + 1 }
    }
}

/// What errands have brought. Some of it others have asked for.
pub(super) struct Brought(Vec<Rc<Vec<Record>>>);

impl Brought {
    /// The bytes under a key, moved out if nobody else waits for them.
    pub(super) fn take(&mut self, key: u64) -> Option<Vec<u8>> {
        self.0.iter_mut().find_map(|records| {
            let index = records.binary_search_by_key(&key, |record| record.key).ok()?;
            Some(match Rc::get_mut(records) {
                Some(records) => mem::take(&mut records[index].bytes),
                None => records[index].bytes.clone(),
            })
        })
    }
}

impl Errands {
    fn under_way(&self, shelf: Shelf, key: u64) -> Option<Shared<Errand>> {
        let errand = self.0.borrow().get(&(shelf, key))?.upgrade()?;
        if errand.peek().is_none() { Some(errand) } else { None }
    }

    fn begin(&self, shelf: Shelf, asked: &[Asked], errand: &Shared<Errand>) {
        let mut errands = self.0.borrow_mut();
        if errands.len() > MANY {
            errands.retain(|_, errand| errand.upgrade().is_some_and(|errand| errand.peek().is_none()));
        }
        for asked in asked {
            if let Some(errand) = errand.downgrade() {
                errands.insert((shelf, asked.key), errand);
            }
        }
    }

    fn end(&self, shelf: Shelf, asked: &[Asked]) {
        let mut errands = self.0.borrow_mut();
        for asked in asked {
            errands.remove(&(shelf, asked.key));
        }
    }
}

impl<S: Storage> Core<S> {
    /// Brings records of one shelf, asked for in the order of their keys; what is not there is not among them. What is on its way
    /// already is not asked for again: under a key there is one record for ever.
    pub(super) async fn bring(
        &self,
        shelf: Shelf,
        generation: u64,
        asked: &[Asked],
    ) -> Result<Brought, Missed> {
        let (mut errands, mut own) = (Vec::<Shared<Errand>>::new(), Vec::new());
        for &one in asked {
            match self.errands.under_way(shelf, one.key) {
                Some(errand) if errands.iter().any(|known| known.ptr_eq(&errand)) => {}
                Some(errand) => errands.push(errand),
                None => own.push(one),
            }
        }
        if !own.is_empty() {
            errands.push(self.send(shelf, generation, own)?);
        }
        let brought: Result<Vec<_>, Missed> = join_all(errands).await.into_iter().collect();
        Ok(Brought(brought?))
    }

    fn send(&self, shelf: Shelf, generation: u64, asked: Vec<Asked>) -> Result<Shared<Errand>, LogError> {
        let core = self.this.upgrade().ok_or(LogError::Closed)?;
        let keys = asked.clone();
        let errand = async move {
            let found = core.fetch(shelf, generation, &ranges(&keys)).await;
            core.errands.end(shelf, &keys);
            found.map(Rc::new)
        };
        let errand = errand.boxed_local().shared();
        self.errands.begin(shelf, &asked, &errand);
        Ok(errand)
    }

    async fn fetch(
        &self,
        shelf: Shelf,
        generation: u64,
        ranges: &[RangeInclusive<u64>],
    ) -> Result<Vec<Record>, Missed> {
        let (commits, segments) = match shelf {
            Shelf::Commits => (ranges, &[][..]),
            Shelf::Segments => (&[][..], ranges),
        };
        let wanted = Wanted { generation, commits, segments };
        match self.connected(async || self.storage.read(wanted).await).await? {
            Reading::Found { commits, segments } => Ok(match shelf {
                Shelf::Commits => commits,
                Shelf::Segments => segments,
            }),
            Reading::Moved => Err(Missed::Moved),
        }
    }
}

/// Those that follow one another are one range. No record lies between them.
fn ranges(asked: &[Asked]) -> Vec<RangeInclusive<u64>> {
    let mut ranges: Vec<(u64, Asked)> = Vec::new();
    for &one in asked {
        match ranges.last_mut() {
            Some((_, last)) if last.next == one.key => *last = one,
            _ => ranges.push((one.key, one)),
        }
    }
    ranges.into_iter().map(|(first, last)| first..=last.key).collect()
}
