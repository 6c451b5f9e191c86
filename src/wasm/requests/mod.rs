//! What JavaScript asks, as plain values, where the wrapper has checked the shapes. Nothing of JavaScript itself is in here: so it is
//! compiled natively, too, where the fuzz targets ask without any wrapper.

pub(crate) mod batch;
pub(crate) mod dispatching;
pub(crate) mod finding;
pub(crate) mod opening;
pub(crate) mod projecting;
pub(crate) mod reading;
pub(crate) mod text_version;
