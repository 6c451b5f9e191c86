//! Errors as JavaScript gets them: a plain object, of which the wrapper makes its one class.

use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::{
    backup::{ExportError, ImportError},
    engine::views::ViewError,
    log::{AppendError, LogError, ReadError},
    model::{Conflict, ExpectedRevision, InvalidArgument, Refusal},
    storage::{Cause, StorageError},
};

/// An error as a plain object: a stable code, a sentence, and the fields of its case.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    code: &'static str,
    message: String,
    retryable: bool,
    outcome_unknown: bool,
    #[serde(skip_serializing_if = "Fields::is_empty")]
    fields: Fields,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    #[serde(skip_serializing_if = "Option::is_none")]
    conflicts: Option<Vec<ConflictReport>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    positions: Option<Vec<u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_ids: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    argument: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<CauseReport>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ConflictReport {
    stream_id: String,
    expected: ExpectedReport,
    actual: u64,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum ExpectedReport {
    Word(&'static str),
    Revision(u64),
}

#[derive(Debug, Serialize)]
struct CauseReport {
    name: String,
    message: String,
}

impl Fields {
    fn is_empty(&self) -> bool {
        self.conflicts.is_none()
            && self.positions.is_none()
            && self.position.is_none()
            && self.event_id.is_none()
            && self.event_ids.is_none()
            && self.argument.is_none()
            && self.reason.is_none()
            && self.cause.is_none()
    }
}

impl Report {
    fn new(code: &'static str, message: String, fields: Fields) -> Self {
        Self { code, message, fields, ..Self::default() }
    }

    fn retryable(self) -> Self {
        Self { retryable: true, ..self }
    }

    pub(super) fn to_js(&self) -> JsValue {
        serde_wasm_bindgen::to_value(self).unwrap_or_else(|error| JsValue::from_str(&error.to_string()))
    }
}

impl From<&InvalidArgument> for Report {
    fn from(error: &InvalidArgument) -> Self {
        let InvalidArgument { argument, expected, found } = error.clone();
        let fields = Fields {
            argument: Some(argument),
            expected: Some(expected),
            found: Some(found),
            ..Fields::default()
        };
        Self::new("InvalidArgument", error.to_string(), fields)
    }
}

impl From<&Refusal> for Report {
    fn from(refusal: &Refusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            Refusal::RevisionConflict(conflicts) => {
                let conflicts = conflicts.iter().map(ConflictReport::from).collect();
                let fields = Fields { conflicts: Some(conflicts), ..Fields::default() };
                Self::new("RevisionConflict", message, fields).retryable()
            }
            Refusal::ConditionFailed(positions) => {
                let fields = Fields { positions: Some(positions.clone()), ..Fields::default() };
                Self::new("AppendConditionFailed", message, fields).retryable()
            }
            Refusal::DuplicateEvent { id, position, .. } => {
                let fields =
                    Fields { event_id: Some(id.to_string()), position: Some(*position), ..Fields::default() };
                Self::new("DuplicateEvent", message, fields)
            }
            // Only an import puts events back, and it goes on another way then.
            Refusal::Misplaced { .. } | Refusal::Full => {
                Self::new("StorageFailed", message, Fields::default())
            }
        }
    }
}

impl From<&Conflict> for ConflictReport {
    fn from(conflict: &Conflict) -> Self {
        let expected = match conflict.expected {
            ExpectedRevision::Any => ExpectedReport::Word("any"),
            ExpectedRevision::NoStream => ExpectedReport::Word("noStream"),
            ExpectedRevision::Exists => ExpectedReport::Word("exists"),
            ExpectedRevision::Exact(revision) => ExpectedReport::Revision(revision),
        };
        Self { stream_id: conflict.stream_id.as_str().to_owned(), expected, actual: conflict.actual }
    }
}

impl From<&StorageError> for Report {
    fn from(error: &StorageError) -> Self {
        let message = error.to_string();
        let because = |cause: &Cause| {
            let cause = CauseReport { name: cause.name.clone(), message: cause.message.clone() };
            Fields { cause: Some(cause), ..Fields::default() }
        };
        let reason = |reason| Fields { reason: Some(reason), ..Fields::default() };
        match error {
            StorageError::Unavailable(cause) => Self::new("StorageUnavailable", message, because(cause)),
            StorageError::Blocked(cause) => Self::new("StorageBlocked", message, because(cause)).retryable(),
            StorageError::QuotaExceeded(cause) => Self::new("QuotaExceeded", message, because(cause)),
            StorageError::Foreign(_) => Self::new("StorageCorrupt", message, reason("foreign")),
            StorageError::NewerFormat { .. } => Self::new("StorageCorrupt", message, reason("newerFormat")),
            StorageError::Damaged(_) => Self::new("StorageCorrupt", message, reason("damaged")),
            StorageError::Deleted => Self::new("Closed", message, reason("deleted")),
            StorageError::NeedsReload => Self::new("Closed", message, reason("needsReload")),
            StorageError::Closed => Self::new("Closed", message, reason("closed")),
            StorageError::Disconnected(cause) | StorageError::Failed(cause) => {
                Self::new("StorageFailed", message, because(cause)).retryable()
            }
        }
    }
}

impl From<&LogError> for Report {
    fn from(error: &LogError) -> Self {
        let message = error.to_string();
        match error {
            LogError::Storage(error) => error.into(),
            LogError::Corrupt(corrupt) => {
                let fields =
                    Fields { reason: Some("damaged"), position: Some(corrupt.position), ..Fields::default() };
                Self::new("StorageCorrupt", message, fields)
            }
            LogError::Closed => {
                Self::new("Closed", message, Fields { reason: Some("closed"), ..Fields::default() })
            }
            LogError::Aborted => Self::new("Aborted", message, Fields::default()),
        }
    }
}

impl From<&ReadError> for Report {
    fn from(error: &ReadError) -> Self {
        match error {
            ReadError::InvalidArgument(error) => error.into(),
            ReadError::Log(error) => error.into(),
        }
    }
}

impl From<&AppendError> for Report {
    fn from(error: &AppendError) -> Self {
        match error {
            AppendError::InvalidArgument(error) => error.into(),
            AppendError::Refused(refusal) => refusal.into(),
            AppendError::Log(error) => error.into(),
            AppendError::Unknown { event_ids, cause } => {
                let mut report = Self::from(cause).retryable();
                report.message = error.to_string();
                report.outcome_unknown = true;
                report.fields.event_ids = Some(event_ids.iter().map(ToString::to_string).collect());
                report
            }
        }
    }
}

impl From<&ViewError> for Report {
    fn from(error: &ViewError) -> Self {
        let message = error.to_string();
        match error {
            ViewError::Log(error) => error.into(),
            ViewError::InvalidArgument(error) => error.into(),
            ViewError::NoView => Self::new("InvalidArgument", message, Fields::default()),
            ViewError::Aborted => Self::new("Aborted", message, Fields::default()),
            ViewError::Unfit(_) => Self::new("Serialization", message, Fields::default()),
            ViewError::Stopped(fault) => {
                let fields = Fields { position: Some(fault.position), ..Fields::default() };
                Self::new("ProjectionStopped", message, fields)
            }
        }
    }
}

impl From<&ImportError> for Report {
    fn from(error: &ImportError) -> Self {
        match error {
            ImportError::Flawed { flaw, stored } => {
                let (reason, line) = (Some(flaw.reason.as_str()), Some(flaw.line));
                let fields = Fields { reason, line, stored: Some(*stored), ..Fields::default() };
                Self::new("ImportFailed", error.to_string(), fields)
            }
            ImportError::Append(error) => error.into(),
            ImportError::Read(error) => error.into(),
        }
    }
}

impl From<&ExportError> for Report {
    fn from(error: &ExportError) -> Self {
        match error {
            ExportError::InvalidArgument(error) => error.into(),
            ExportError::Read(error) => error.into(),
        }
    }
}

/// An error as JavaScript gets it.
pub(super) fn to_js<E>(error: &E) -> JsValue
where
    Report: for<'a> From<&'a E>,
{
    Report::from(error).to_js()
}
