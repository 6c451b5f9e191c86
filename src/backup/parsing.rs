//! From the bytes of a file to its events, in the order that an export has.

use std::{collections::HashMap, mem};

use rustc_hash::FxBuildHasher;

use super::{
    check::{Checks, Digits},
    error::{Flaw, Reason},
    header::{Header, STARTED},
    line::{EventLine, Line, read_line},
    splitting::Splitter,
    trailer::{FINISHED, Trailer},
};

/// The most streams whose revisions are remembered; of the others it is not noticed here that one is missing.
const MAX_STREAMS: usize = 65_536;

/// What a line of a file tells.
#[derive(Debug)]
pub(crate) enum Told {
    /// The first line.
    Header(Header),
    /// An event, with the number of its line.
    Event(Box<EventLine>, u64),
}

/// Where in the file it is.
enum State {
    Before,
    Within(Box<Within>),
    After,
}

/// What has to hold of the lines between header and trailer.
struct Within {
    header: Header,
    source: String,
    /// Whether the lines are as they were written, and all of them: then none is missing between two.
    is_gapless: bool,
    /// How many events a stream had, in a file without gaps.
    revisions: HashMap<Box<str>, u64, FxBuildHasher>,
    /// Whether the revisions of all streams so far are remembered.
    is_all: bool,
    checks: Checks,
    /// Whether every line had its check.
    is_checked: bool,
    position: u64,
    count: u64,
}

/// Reads a file as it comes.
pub(crate) struct Parser {
    splitter: Splitter,
    state: State,
    is_over: bool,
}

impl Default for Parser {
    fn default() -> Self {
        Self { splitter: Splitter::default(), state: State::Before, is_over: false }
    }
}

impl Parser {
    /// Takes in what follows.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.splitter.push(bytes);
    }

    /// Takes in that nothing follows.
    pub(crate) fn end(&mut self) {
        self.is_over = true;
    }

    /// Whether nothing follows.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// What the next line tells; `None` when more has to come, or the file is over and whole.
    ///
    /// # Errors
    /// [`Flaw`] when the line is none that may stand there. Nothing behind it is to be read.
    pub(crate) fn next(&mut self) -> Result<Option<Told>, Flaw> {
        loop {
            let Self { splitter, state, is_over } = self;
            let flaw = |line: u64, (reason, why)| Flaw { line, reason, why };
            if let Some(line) = splitter.next_line() {
                let told = read(line, state);
                // The borrow of the line ends before its number is asked for.
                match told {
                    Ok(None) => continue,
                    Ok(Some(told)) => return Ok(Some(told.with_line(self.splitter.line()))),
                    Err(why) => return Err(flaw(self.splitter.line(), why)),
                }
            }
            if splitter.is_too_long() {
                let reason = if matches!(state, State::Before) { Reason::Foreign } else { Reason::Damaged };
                let limit = splitter.limit();
                let why = format!("expected a line of at most {limit} bytes, found a longer one");
                return Err(flaw(splitter.line() + 1, (reason, why)));
            }
            return if *is_over { self.finish() } else { Ok(None) };
        }
    }

    /// The last line may lack its line break, but not its last byte.
    fn finish(&mut self) -> Result<Option<Told>, Flaw> {
        let is_begun = !matches!(self.state, State::Before);
        let told = self.splitter.rest().map(|line| read(line, &mut self.state));
        let line = self.splitter.line();
        match told {
            Some(Ok(Some(told))) => return Ok(Some(told.with_line(line))),
            Some(Err((reason, why))) if !is_begun || matches!(self.state, State::After) => {
                return Err(Flaw { line, reason, why });
            }
            Some(Err(_)) => {
                let why = "the file ends within a line".to_owned();
                return Err(Flaw { line, reason: Reason::Truncated, why });
            }
            Some(Ok(None)) | None => {}
        }
        if matches!(self.state, State::After) {
            return Ok(None);
        }
        let why = match is_begun {
            true => format!("the file ends before the trailer of the export ({FINISHED})"),
            false => format!("expected the header of an export ({STARTED}), found an empty file"),
        };
        Err(Flaw { line: line + 1, reason: Reason::Truncated, why })
    }
}

impl Told {
    fn with_line(mut self, number: u64) -> Self {
        if let Self::Event(_, line) = &mut self {
            *line = number;
        }
        self
    }
}

/// Takes in a line; the number of an event's is not known here.
fn read(line: &[u8], state: &mut State) -> Result<Option<Told>, (Reason, String)> {
    match state {
        State::Before => {
            let (header, check) = Header::read(line)?;
            *state = State::Within(Box::new(Within::after(header.clone(), check)));
            Ok(Some(Told::Header(header)))
        }
        State::Within(within) => {
            let damaged = |why: String| (Reason::Damaged, why);
            let (read, check) = read_line(line, Some(&within.source)).map_err(damaged)?;
            match read {
                Line::Event(event) => {
                    within.take_in(&event, check)?;
                    Ok(Some(Told::Event(event, 0)))
                }
                Line::Frame { r#type, data } if r#type == FINISHED => {
                    let trailer = Trailer::read(data).map_err(damaged)?;
                    within.end(&trailer, check.is_some()).map_err(damaged)?;
                    *state = State::After;
                    Ok(None)
                }
                Line::Frame { r#type, .. } => {
                    Err(damaged(format!("subject: expected the event's stream, found none ({type})")))
                }
            }
        }
        State::After => {
            Err((Reason::Damaged, "expected nothing behind the trailer, found a line".to_owned()))
        }
    }
}

impl Within {
    fn after(header: Header, check: Option<Digits>) -> Self {
        let mut checks = Checks::default();
        check.iter().for_each(|digits| checks.add(digits));
        Self {
            source: header.source(),
            is_gapless: check.is_some() && header.is_whole() && !header.gaps,
            revisions: HashMap::default(),
            is_all: true,
            checks,
            is_checked: check.is_some(),
            position: header.after,
            count: 0,
            header,
        }
    }

    /// Takes in an event, if it may stand here.
    fn take_in(&mut self, line: &EventLine, check: Option<Digits>) -> Result<(), (Reason, String)> {
        let out_of_order = |what: &str, expected: String, found: u64| {
            Err((Reason::OutOfOrder, format!("{what}: expected {expected}, found {found}")))
        };
        let last = mem::replace(&mut self.position, line.position);
        if self.is_gapless && line.position != last + 1 {
            return out_of_order("position", (last + 1).to_string(), line.position);
        }
        if line.position <= last || line.position > self.header.head {
            return out_of_order("position", format!("{} to {}", last + 1, self.header.head), line.position);
        }
        if self.is_gapless {
            let expected = self.next_revision(line);
            if line.revision != expected {
                let what = format!("revision of stream {:?}", line.stream_id.as_str());
                return out_of_order(&what, expected.to_string(), line.revision);
            }
        }
        match &check {
            Some(digits) => self.checks.add(digits),
            None => self.is_checked = false,
        }
        self.count += 1;
        Ok(())
    }

    /// The revision that a stream's next event has to have; what it has, where that is not remembered.
    fn next_revision(&mut self, line: &EventLine) -> u64 {
        let revision = match self.revisions.get_mut(line.stream_id.as_str()) {
            Some(revision) => {
                *revision += 1;
                return *revision;
            }
            None if self.is_all => 1,
            None => line.revision,
        };
        if self.revisions.len() >= MAX_STREAMS {
            self.revisions.clear();
            self.is_all = false;
        }
        self.revisions.insert(line.stream_id.as_str().into(), revision);
        revision
    }

    /// Holds what came against the trailer. One that was edited says only that the file ends here.
    fn end(&self, trailer: &Trailer, is_as_written: bool) -> Result<(), String> {
        if !is_as_written {
            return Ok(());
        }
        if trailer.count != self.count {
            return Err(format!(
                "expected {} events before the trailer, found {}",
                trailer.count, self.count
            ));
        }
        let checks = self.checks.digits();
        if self.is_checked && trailer.checks != checks {
            return Err(format!("expected lines whose checks come to {}, found {checks}", trailer.checks));
        }
        if self.is_gapless && self.position != self.header.head {
            return Err(format!(
                "expected events up to {}, found them up to {}",
                self.header.head, self.position
            ));
        }
        Ok(())
    }
}
