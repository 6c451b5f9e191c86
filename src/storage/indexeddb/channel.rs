//! Hints between connections: "I have committed".

use std::rc::Rc;

use wasm_bindgen::{JsCast, prelude::*};
use web_sys::{BroadcastChannel, EventTarget};

/// When a page comes back, it may have slept through hints.
const WAKING_EVENTS: [&str; 3] = ["focus", "pageshow", "visibilitychange"];

/// Tells other connections of commits, and is told of theirs. Hints may get lost: they only say when to look.
pub(super) struct Channel {
    channel: Option<BroadcastChannel>,
    global: EventTarget,
    hear: Closure<dyn FnMut()>,
}

impl Channel {
    /// Opens the channel of a database. Where there is none, hints come from the page's own events alone.
    pub(super) fn open(database: &str, hear: Rc<dyn Fn()>) -> Self {
        let hear = Closure::<dyn FnMut()>::new(move || hear());
        let channel = BroadcastChannel::new(&format!("annals:{database}")).ok();
        if let Some(channel) = &channel {
            channel.set_onmessage(Some(hear.as_ref().unchecked_ref()));
        }
        let global: EventTarget = js_sys::global().unchecked_into();
        for event in WAKING_EVENTS {
            // A hint less where this is refused: nothing rests on it.
            let _ = global.add_event_listener_with_callback(event, hear.as_ref().unchecked_ref());
        }
        Self { channel, global, hear }
    }

    pub(super) fn tell(&self) {
        if let Some(channel) = &self.channel {
            let _ = channel.post_message(&JsValue::TRUE);
        }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        if let Some(channel) = &self.channel {
            channel.set_onmessage(None);
            channel.close();
        }
        for event in WAKING_EVENTS {
            let _ =
                self.global.remove_event_listener_with_callback(event, self.hear.as_ref().unchecked_ref());
        }
    }
}
