//! Looking at what is stored elsewhere, once for all who ask in one turn.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, Shared, WeakShared},
};

use crate::storage::Storage;

use super::{LogError, core::Core, turn::next_turn};

type Look = LocalBoxFuture<'static, Result<(), LogError>>;

/// The looks at what is stored elsewhere.
#[derive(Default)]
pub(super) struct Looks {
    begun: Cell<u64>,
    /// The one begun last. Whoever waits for it drives it; it ends with the last of them.
    newest: RefCell<Option<WeakShared<Look>>>,
}

impl Looks {
    /// The look that began after so many.
    fn after(&self, begun: u64) -> Option<Shared<Look>> {
        if self.begun.get() == begun { None } else { self.newest.borrow().as_ref()?.upgrade() }
    }
}

impl<S: Storage> Core<S> {
    /// As [`Core::catch_up`], once for all who ask in one turn: a thousand readings begin with one look.
    ///
    /// # Errors
    /// [`LogError`] when the storage fails or is damaged.
    pub(super) async fn look(self: &Rc<Self>) -> Result<(), LogError> {
        let begun = self.looks.begun.get();
        next_turn().await;
        // One that was begun before this call may have missed what was stored before it.
        let look = self.looks.after(begun).unwrap_or_else(|| self.begin_look());
        look.await
    }

    fn begin_look(self: &Rc<Self>) -> Shared<Look> {
        let core = self.clone();
        let look = async move { core.catch_up().await }.boxed_local().shared();
        self.looks.begun.update(|count| count + 1);
        self.looks.newest.replace(look.downgrade());
        look
    }
}
