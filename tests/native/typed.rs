//! Events of Rust aggregates, as serde writes them.

use annals::{Aggregate, Engine, engine::DispatchError, log::AppendError, storage::MemoryServer};
use pollster::block_on;
use serde::{Deserialize, Serialize};

use crate::{
    ledger::now,
    support::{Hand, all, open},
};

/// Its events have what they tell beside their type, where nothing is stored.
struct Careless;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Named {
    Named {
        #[serde(default)]
        name: String,
    },
}

impl Aggregate for Careless {
    type State = String;
    type Command = String;
    type Event = Named;
    type Error = ();

    fn name(&self) -> &str {
        "careless"
    }

    fn initial_state(&self) -> String {
        String::new()
    }

    fn decide(&self, _: &String, name: &String) -> Result<Vec<Named>, ()> {
        Ok(vec![Named::Named { name: name.clone() }])
    }

    fn evolve(&self, _: String, Named::Named { name }: &Named) -> String {
        name.clone()
    }
}

#[test]
fn an_event_of_which_something_would_not_be_stored_is_refused() {
    block_on(async {
        let engine = Engine::new(open(MemoryServer::default().connect(), &Hand::new(1)).await);
        let careless = engine.register(Careless).expect("the name is free");
        let refused = careless.dispatch("a", &"Ada".to_owned(), &now()).await;
        let Err(DispatchError::Append(AppendError::InvalidArgument(invalid))) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(invalid.argument, "events[0]");
        assert!(invalid.found.contains("Ada"), "{invalid}");
        assert!(all(engine.store()).await.is_empty());
    });
}
