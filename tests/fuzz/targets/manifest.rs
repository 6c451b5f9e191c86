//! Manifests.

use crate::log::codec::{FORMAT_VERSION, StoreManifest};

use super::{
    frame::{AS_IT_IS, refuse_flipped, under_checksum},
    input::Input,
};

/// An input is a manifest as it is; or what stands between magic and checksum.
pub(super) fn read(input: &[u8]) -> bool {
    let mut input = Input::new(input);
    let bytes = match input.byte() {
        AS_IT_IS => input.rest().to_vec(),
        _ => under_checksum([b"annals\r\n", input.rest()].concat()),
    };
    let Ok(manifest) = StoreManifest::decode(&bytes) else { return false };
    if manifest.format > FORMAT_VERSION {
        return true;
    }
    assert_eq!(manifest.encode(), bytes);
    // One flipped bit of the format may say that it is a newer one, of which nothing more is known.
    refuse_flipped(bytes, |bytes| match StoreManifest::decode(&bytes) {
        Ok(manifest) if manifest.format > FORMAT_VERSION => Err(()),
        other => other.map_err(drop),
    });
    true
}
