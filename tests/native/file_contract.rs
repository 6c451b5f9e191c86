//! The contract over files.

use std::rc::Rc;

use annals::storage::{File, FileServer};

use crate::{
    contract::{self, Place},
    folder::Folder,
};

/// A place in a folder of its own.
#[derive(Clone)]
pub struct InFile {
    server: FileServer,
    _folder: Rc<Folder>,
}

impl InFile {
    pub fn new() -> Self {
        let folder = Folder::new();
        Self { server: FileServer::new(folder.path("store")), _folder: Rc::new(folder) }
    }
}

impl Place for InFile {
    type Storage = File;

    async fn connect(&self) -> File {
        self.server.connect()
    }

    async fn delete(&self) {
        self.server.delete().expect("it is deleted");
    }
}

macro_rules! tests {
    ($suite:ident: $($case:ident),* $(,)?) => {
        mod $suite {
            $(#[test]
            fn $case() {
                pollster::block_on(super::contract::$suite::$case(super::InFile::new()));
            })*
        }
    };
}

crate::for_all_cases!(tests);
