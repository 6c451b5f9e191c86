//! The hash maps of the log.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

/// A hash map for short keys: names, ids. The standard hasher guards against keys that an attacker picks, which here could only
/// slow down a page that belongs to the attacker, and took a sixth of the time of an append.
pub(super) type FastMap<K, V> = HashMap<K, V, FxBuildHasher>;
