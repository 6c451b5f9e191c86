//! Questions to views, as they come from JavaScript.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    engine::views::{Explanation, Field, Find, Test},
    model::InvalidArgument,
};

/// A question, whose shape the wrapper has checked.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct FindRequest<'a> {
    /// Of each test the path of the field, the operator, and what it is compared with.
    #[serde(borrow)]
    filter: Vec<(String, &'a str, &'a RawValue)>,
    order_by: Option<String>,
    descending: bool,
    limit: Option<u64>,
    offset: u64,
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

/// Reads a question.
pub(super) fn read(text: &str) -> Result<Find, InvalidArgument> {
    let refuse = |why: String| InvalidArgument::new("query", "a query as the wrapper writes it", why);
    let request: FindRequest<'_> = serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
    let mut find = Find::all();
    for (path, operator, operand) in request.filter {
        let value =
            || serde_json::from_str::<Field>(operand.get()).map_err(|error| refuse(error.to_string()));
        let test = match operator {
            "eq" => Test::Eq(value()?),
            "gt" => Test::Gt(value()?),
            "gte" => Test::Gte(value()?),
            "lt" => Test::Lt(value()?),
            "lte" => Test::Lte(value()?),
            "in" => Test::In(serde_json::from_str(operand.get()).map_err(|error| refuse(error.to_string()))?),
            "startsWith" => match value()? {
                Field::Text(prefix) => Test::StartsWith(prefix),
                _ => return Err(refuse(operand.get().to_owned())),
            },
            other => return Err(refuse(other.to_owned())),
        };
        find = find.filter(&path, test)?;
    }
    if let Some(path) = request.order_by {
        find = find.order_by(&path)?;
    }
    if request.descending {
        find = find.descending();
    }
    if let Some(limit) = request.limit {
        find = find.limit(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    Ok(find.offset(usize::try_from(request.offset).unwrap_or(usize::MAX)))
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
