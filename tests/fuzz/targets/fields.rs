//! Fields of rows: where they are, what they are, and what is asked of them.

use serde_json::Value;

use crate::engine::views::{Field, FieldPath, MAX_FIELD_DEPTH, Test, field_of};

use super::input::Input;

/// An input is a path as a part, another value as a part, and a row as JSON.
pub(super) fn read(input: &[u8]) -> bool {
    let mut input = Input::new(input);
    let (path, other) = (str::from_utf8(input.part()), str::from_utf8(input.part()));
    let (Ok(path), Ok(other), Ok(row)) = (path, other, str::from_utf8(input.rest())) else { return false };
    let other: Field = serde_json::from_str(other).unwrap_or(Field::Missing);
    let (Ok(path), Ok(row)) = (path.parse::<FieldPath>(), serde_json::from_str::<Value>(row)) else {
        return false;
    };
    assert!(path.names().count() <= MAX_FIELD_DEPTH);
    let found = field_of(&row, &path);
    assert_eq!(found, expected(&row, &path), "{path} of {row}");
    compare(&found, &other);
    true
}

/// The same, by walking.
fn expected(row: &Value, path: &FieldPath) -> Field {
    let found = path.names().try_fold(row, |value, name| value.as_object()?.get(name));
    match found {
        None => Field::Missing,
        Some(Value::Null) => Field::Null,
        Some(Value::Bool(value)) => (*value).into(),
        Some(Value::Number(number)) => number.as_f64().map_or(Field::Null, Field::from),
        Some(Value::String(text)) => text.as_str().into(),
        Some(Value::Array(_) | Value::Object(_)) => Field::Other,
    }
}

/// The order is one: of two values exactly one test holds of less, same and greater, if any holds.
fn compare(one: &Field, other: &Field) {
    assert_eq!(one.cmp(other), other.cmp(one).reverse());
    let tests = [Test::Lt(other.clone()), Test::Eq(other.clone()), Test::Gt(other.clone())];
    let holding = tests.iter().filter(|test| test.holds(one)).count();
    assert!(holding <= 1);
    let [least, most] = [Test::Lte(other.clone()), Test::Gte(other.clone())].map(|test| test.holds(one));
    assert_eq!(usize::from(least || most), holding);
    assert_eq!(Test::In(vec![other.clone()]).holds(one), tests[1].holds(one));
}
