//! A stored event as serde reads an enum of the application.

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, Visitor, value::BorrowedStrDeserializer},
    forward_to_deserialize_any,
};

/// An event as `#[serde(tag = "type", content = "data")]` has it: an object of two fields, or what is left of it. The type comes first, so
/// that the data, which is JSON text, is read in place and once, as what the type says that it is.
#[derive(Clone, Copy)]
pub(super) enum EventFields<'a> {
    Both { r#type: &'a str, data: &'a str },
    Data(&'a str),
    Nothing,
}

impl<'de> Deserializer<'de> for EventFields<'de> {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_map(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for EventFields<'de> {
    type Error = serde_json::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Self::Error> {
        let name = match self {
            Self::Both { .. } => "type",
            Self::Data(_) => "data",
            Self::Nothing => return Ok(None),
        };
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Self::Error> {
        match *self {
            Self::Both { r#type, data } => {
                *self = Self::Data(data);
                seed.deserialize(BorrowedStrDeserializer::new(r#type))
            }
            Self::Data(data) => {
                *self = Self::Nothing;
                let mut json = serde_json::Deserializer::from_str(data);
                let value = seed.deserialize(&mut json)?;
                json.end().map(|()| value)
            }
            Self::Nothing => Err(Error::custom("expected a field that is left")),
        }
    }
}
