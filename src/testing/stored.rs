//! Events as they come back from a store.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    engine::{Happening, read, written},
    model::{Aggregate, InvalidArgument, NewEvent},
};

use super::difference::difference;

/// Events as they come back from a store. Which ones they are is for the panic: a store would not take one, or it comes back as another.
#[track_caller]
pub(super) fn stored<A>(
    aggregate: &A,
    which: &str,
    events: impl IntoIterator<Item = A::Event>,
) -> Vec<A::Event>
where
    A: Aggregate<Event: Serialize + DeserializeOwned + PartialEq + Debug>,
{
    let mut stored = Vec::new();
    for (n, event) in events.into_iter().enumerate() {
        match through_json(aggregate, n, &event) {
            Ok(back) if back == event => stored.push(back),
            Ok(back) => {
                let difference = difference(&format!("{event:#?}"), &format!("{back:#?}"));
                panic!("the {which} events[{n}]: - as it was, + as it comes back from JSON\n\n{difference}")
            }
            Err(why) => panic!("the {which} {why}"),
        }
    }
    stored
}

fn through_json<A>(aggregate: &A, n: usize, event: &A::Event) -> Result<A::Event, InvalidArgument>
where
    A: Aggregate<Event: Serialize + DeserializeOwned>,
{
    let argument = format!("events[{n}]");
    let written = NewEvent { tags: aggregate.tags(event), ..written(n, event)? };
    written.check().map_err(|invalid| invalid.inside(&argument))?;
    read(&Happening::ahead(&written, 1)).map_err(|why| {
        let found = format!("{why}, of {:?} with {}", written.r#type, written.data.as_str());
        InvalidArgument::new(argument, "an event that can be read again", found)
    })
}
