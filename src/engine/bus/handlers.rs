//! Who handles what: one handler for each type.

use std::{
    any::{Any, TypeId, type_name},
    cell::RefCell,
    collections::{HashMap, hash_map::Entry},
    rc::Rc,
};

use futures_util::{FutureExt, future::LocalBoxFuture};

use crate::model::{InvalidArgument, sort};

use super::{HandlerNotFound, SendError};

/// Handlers by the type that they handle.
#[derive(Default)]
pub(in crate::engine) struct Handlers(RefCell<HashMap<TypeId, Known>>);

/// A handler, and the name of what it handles.
struct Known {
    name: String,
    /// A [`Handler`] of that type.
    handler: Rc<dyn Any>,
}

/// What is called with something that was sent and a context.
type Handler<M, X, A, E> = Box<dyn Fn(M, X) -> LocalBoxFuture<'static, Result<A, E>>>;

impl Handlers {
    /// Registers the handler of a type.
    ///
    /// # Errors
    /// [`InvalidArgument`] when the type has one.
    pub(in crate::engine) fn register<M: 'static, X: 'static, A: 'static, E: 'static>(
        &self,
        handler: impl AsyncFn(M, X) -> Result<A, E> + 'static,
    ) -> Result<(), InvalidArgument> {
        let name = short_name(type_name::<M>());
        match self.0.borrow_mut().entry(TypeId::of::<M>()) {
            Entry::Occupied(_) => {
                let found = format!("a second one of {name}");
                Err(InvalidArgument::new("handler", "one handler for each type", found))
            }
            Entry::Vacant(free) => {
                free.insert(Known { name, handler: Rc::new(shared(handler)) });
                Ok(())
            }
        }
    }

    /// Has something handled. No borrow is held meanwhile: handlers may send and register.
    ///
    /// # Errors
    /// [`SendError`] when there is no handler, or it fails.
    pub(in crate::engine) async fn send<M: 'static, X: 'static, A: 'static, E: 'static>(
        &self,
        sent: M,
        context: X,
    ) -> Result<A, SendError<E>> {
        let handler = self.of::<M, X, A, E>().ok_or_else(|| self.not_found::<M>())?;
        handler(sent, context).await.map_err(SendError::Failed)
    }

    fn of<M: 'static, X: 'static, A: 'static, E: 'static>(&self) -> Option<Rc<Handler<M, X, A, E>>> {
        let handler = self.0.borrow().get(&TypeId::of::<M>())?.handler.clone();
        handler.downcast().ok()
    }

    fn not_found<M>(&self) -> HandlerNotFound {
        let mut known: Vec<String> = self.0.borrow().values().map(|known| known.name.clone()).collect();
        sort::sort(&mut known);
        HandlerNotFound { sent: short_name(type_name::<M>()), known }
    }
}

/// A handler as it is kept: each call has a share of it, so that it may outlive the call that began it.
fn shared<M: 'static, X: 'static, A, E>(
    handler: impl AsyncFn(M, X) -> Result<A, E> + 'static,
) -> Handler<M, X, A, E> {
    let handler = Rc::new(handler);
    Box::new(move |sent, context| {
        let handler = handler.clone();
        async move { handler(sent, context).await }.boxed_local()
    })
}

/// The name of a type as its code has it: without the modules that it, or what it is made of, is in.
fn short_name(full: &str) -> String {
    // The braces are of types within functions.
    let is_of_path = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | ':' | '{' | '}');
    let paths = full.split_inclusive(|letter| !is_of_path(letter));
    paths.map(|path| path.rsplit("::").next().unwrap_or(path)).collect()
}
