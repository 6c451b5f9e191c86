//! Tasks of tabs, on one thread. Who is next is chosen outside.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll, Wake, Waker},
};

/// A tab in one of its lives.
pub type TabId = u64;

type Work = Pin<Box<dyn Future<Output = ()>>>;

#[derive(Default)]
pub struct Scheduler {
    tasks: RefCell<Vec<Task>>,
    last: Cell<u64>,
}

struct Task {
    id: u64,
    tab: TabId,
    /// Whether the run is not over before this task is.
    is_awaited: bool,
    woken: Arc<Flag>,
    /// Away while it is polled.
    work: Option<Work>,
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Relaxed);
    }
}

impl Scheduler {
    /// Begins a task that the run is to wait for.
    pub fn spawn(&self, tab: TabId, work: impl Future<Output = ()> + 'static) {
        self.begin(tab, true, Box::pin(work));
    }

    /// Begins a task that goes on for as long as its tab.
    pub fn spawn_endless(&self, tab: TabId, work: impl Future<Output = ()> + 'static) {
        self.begin(tab, false, Box::pin(work));
    }

    fn begin(&self, tab: TabId, is_awaited: bool, work: Work) {
        self.last.update(|id| id + 1);
        let woken = Arc::new(Flag(AtomicBool::new(true)));
        self.tasks.borrow_mut().push(Task { id: self.last.get(), tab, is_awaited, woken, work: Some(work) });
    }

    /// The tasks that have something to do, of tabs that are awake.
    pub fn runnable(&self, is_awake: impl Fn(TabId) -> bool, into: &mut Vec<u64>) {
        into.clear();
        let tasks = self.tasks.borrow();
        into.extend(
            tasks.iter().filter(|task| task.woken.0.load(Relaxed) && is_awake(task.tab)).map(|task| task.id),
        );
    }

    pub fn poll(&self, id: u64) {
        let found = self.tasks.borrow_mut().iter_mut().find(|task| task.id == id).and_then(|task| {
            task.woken.0.store(false, Relaxed);
            Some((task.work.take()?, Waker::from(task.woken.clone())))
        });
        let Some((mut work, waker)) = found else { return };
        let is_over = work.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
        let mut tasks = self.tasks.borrow_mut();
        let Some(index) = tasks.iter().position(|task| task.id == id) else { return };
        if is_over {
            tasks.swap_remove(index);
        } else {
            tasks[index].work = Some(work);
        }
    }

    /// Whether there is a task of a tab that is to be waited for.
    pub fn is_awaited(&self) -> bool {
        self.tasks.borrow().iter().any(|task| task.is_awaited)
    }

    /// Drops all tasks of a tab, wherever they are.
    pub fn end(&self, tab: TabId) {
        let ended: Vec<Task> = self.tasks.borrow_mut().extract_if(.., |task| task.tab == tab).collect();
        drop(ended); // Not under the borrow: what is dropped may wake others.
    }
}

/// Lets others go first.
pub async fn turn() {
    let mut waited = false;
    poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Polls a future so many times at most; `None` when it has not ended by then, and is dropped.
pub async fn impatiently<T>(polls: u64, future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    let mut left = polls;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

/// The answer of a future that waits for nobody outside; `None` when it does.
pub fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    let flag = Arc::new(Flag(AtomicBool::new(true)));
    let waker = Waker::from(flag.clone());
    let mut future = std::pin::pin!(future);
    while flag.0.swap(false, Relaxed) {
        if let Poll::Ready(answer) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(answer);
        }
    }
    None
}
