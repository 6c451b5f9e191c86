//! The page's own life: it is looked at again, put away by the browser, and brought back.

use std::rc::Rc;

use js_sys::Reflect;
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::EventTarget;

/// When a page is looked at again, it may have slept through hints.
const EVENTS: [&str; 4] = ["focus", "visibilitychange", "pagehide", "pageshow"];

/// What happens to the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageEvent {
    /// It may be looked at again.
    Stirred,
    /// It is put away as it is, and may be brought back: until then nothing of it runs, and what it keeps open stands in others' way.
    PutAway,
    /// It is shown, for the first time or again.
    Shown,
}

impl PageEvent {
    fn of(event: &web_sys::Event) -> Option<Self> {
        let is_persisted = || Reflect::get(event, &"persisted".into()).is_ok_and(|value| value.is_truthy());
        match event.type_().as_str() {
            "pagehide" => is_persisted().then_some(Self::PutAway),
            "pageshow" => Some(Self::Shown),
            _ => Some(Self::Stirred),
        }
    }
}

/// Listens to the page, if there is one: a worker has no such life.
pub(super) struct Page {
    global: EventTarget,
    hear: Closure<dyn FnMut(web_sys::Event)>,
}

impl Page {
    pub(super) fn listen(tell: Rc<dyn Fn(PageEvent)>) -> Self {
        let hear = Closure::<dyn FnMut(_)>::new(move |event: web_sys::Event| {
            if let Some(event) = PageEvent::of(&event) {
                tell(event);
            }
        });
        let global: EventTarget = js_sys::global().unchecked_into();
        for event in EVENTS {
            // A hint less where this is refused: nothing rests on it.
            let _ = global.add_event_listener_with_callback(event, hear.as_ref().unchecked_ref());
        }
        Self { global, hear }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        for event in EVENTS {
            let _ =
                self.global.remove_event_listener_with_callback(event, self.hear.as_ref().unchecked_ref());
        }
    }
}
