//! What a store says of itself, as plain objects; and a view of how it has found rows, as JSON text.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::{
    engine::views::Explanation,
    log::{Diagnostics, Finding, LostEvents, Repaired, Verification},
    storage::Durability,
};

/// WebAssembly counts its memory in pages of 64 KiB.
const PAGE_BYTES: u64 = 64 * 1024;

/// A plain object of plain fields.
pub(super) fn plain<T: Serialize>(value: &T) -> JsValue {
    serde_wasm_bindgen::to_value(value).unwrap_or(JsValue::NULL)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DiagnosticsReport {
    events: u64,
    streams: u64,
    records: u64,
    segments: u64,
    bytes_stored: u64,
    bytes_cached: u64,
    bytes_merged: u64,
    bytes_of_memory: u64,
    durability: &'static str,
}

impl From<Diagnostics> for DiagnosticsReport {
    fn from(found: Diagnostics) -> Self {
        Self {
            events: found.events,
            streams: found.streams,
            records: found.records,
            segments: found.segments,
            bytes_stored: found.bytes_stored,
            bytes_cached: found.bytes_cached,
            bytes_merged: found.bytes_merged,
            bytes_of_memory: core::arch::wasm32::memory_size(0) as u64 * PAGE_BYTES,
            durability: if found.durability == Durability::Strict { "strict" } else { "relaxed" },
        }
    }
}

#[derive(Serialize)]
pub(super) struct VerificationReport {
    records: u64,
    events: u64,
    bytes: u64,
    findings: Vec<FindingReport>,
}

#[derive(Serialize)]
struct FindingReport {
    kind: &'static str,
    position: u64,
    last: u64,
    detail: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RepairReport {
    lost: Vec<LostReport>,
    set_aside: u64,
    rebuilt: bool,
}

#[derive(Serialize)]
struct LostReport {
    first: u64,
    last: u64,
    streams: Vec<String>,
    detail: String,
}

impl From<&Repaired> for RepairReport {
    fn from(repaired: &Repaired) -> Self {
        let report = |lost: &LostEvents| LostReport {
            first: *lost.positions.start(),
            last: *lost.positions.end(),
            streams: lost.streams.clone(),
            detail: lost.detail.clone(),
        };
        let lost = repaired.lost.iter().map(report).collect();
        Self { lost, set_aside: repaired.set_aside, rebuilt: repaired.rebuilt }
    }
}

impl From<Verification> for VerificationReport {
    fn from(found: Verification) -> Self {
        let Verification { records, events, bytes, findings } = found;
        let report = |finding: Finding| FindingReport {
            kind: finding.kind.as_str(),
            position: *finding.positions.start(),
            last: *finding.positions.end(),
            detail: finding.detail,
        };
        Self { records, events, bytes, findings: findings.into_iter().map(report).collect() }
    }
}

/// How an answer was come by.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExplanationReport {
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<String>,
    scanned: Vec<String>,
    sorted: bool,
    examined: usize,
    found: usize,
}

/// How an answer was come by, as JSON text.
pub(super) fn explained(explanation: &Explanation) -> String {
    let report = ExplanationReport {
        index: explanation.index.as_ref().map(ToString::to_string),
        scanned: explanation.scanned.iter().map(ToString::to_string).collect(),
        sorted: explanation.is_sorted,
        examined: explanation.examined,
        found: explanation.found,
    };
    serde_json::to_string(&report).unwrap_or_default()
}
