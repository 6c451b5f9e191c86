//! Questions to views.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    engine::views::{Field, Find, Test},
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

/// Reads a question.
pub(crate) fn read(text: &str) -> Result<Find, InvalidArgument> {
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
