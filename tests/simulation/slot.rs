//! A place for one answer, and for who waits for it.

use std::{
    cell::RefCell,
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
};

pub struct Slot<T>(Rc<Inner<T>>);

struct Inner<T> {
    value: RefCell<Option<T>>,
    waker: RefCell<Option<Waker>>,
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(Rc::new(Inner { value: RefCell::default(), waker: RefCell::default() }))
    }
}

impl<T: Clone> Slot<T> {
    /// The first one counts.
    pub fn fill(&self, value: T) {
        self.0.value.borrow_mut().get_or_insert(value);
        if let Some(waker) = self.0.waker.take() {
            waker.wake();
        }
    }

    pub async fn wait(&self) -> T {
        poll_fn(|context| match &*self.0.value.borrow() {
            Some(value) => Poll::Ready(value.clone()),
            None => {
                self.0.waker.replace(Some(context.waker().clone()));
                Poll::Pending
            }
        })
        .await
    }
}
