//! Hints between connections: "I have committed".

use std::rc::Rc;

use wasm_bindgen::{JsCast, prelude::*};
use web_sys::BroadcastChannel;

/// Tells other connections of commits, and is told of theirs. Hints may get lost: they only say when to look.
pub(super) struct Channel {
    channel: Option<BroadcastChannel>,
    _hear: Closure<dyn FnMut()>,
}

impl Channel {
    /// Opens the channel of a database. Where there is none, hints come from the page's own events alone.
    pub(super) fn open(database: &str, hear: Rc<dyn Fn()>) -> Self {
        let hear = Closure::<dyn FnMut()>::new(move || hear());
        let channel = BroadcastChannel::new(&format!("annals:{database}")).ok();
        if let Some(channel) = &channel {
            channel.set_onmessage(Some(hear.as_ref().unchecked_ref()));
        }
        Self { channel, _hear: hear }
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
    }
}
