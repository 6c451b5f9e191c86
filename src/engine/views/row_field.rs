//! One field of a row of Rust, as serde would write it.

use std::fmt::Display;

use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeStruct, SerializeStructVariant},
};
use serde_json::Value;

use super::{Field, FieldPath};

/// The field of a row at a path, without writing the rest of the row.
pub(crate) fn field_of<R: Serialize>(row: &R, path: &FieldPath) -> Field {
    let names: Vec<&str> = path.names().collect();
    row.serialize(Looker { names: &names }).unwrap_or(Field::Missing)
}

/// Looks for a field behind some names: of the value itself when none is left.
#[derive(Clone, Copy)]
struct Looker<'a> {
    names: &'a [&'a str],
}

/// What serde has to be able to say, and nobody hears: a row that cannot be written is said so when it is saved.
#[derive(Debug)]
struct Unwritable;

impl Display for Unwritable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a row that cannot be written")
    }
}

impl std::error::Error for Unwritable {}

impl serde::ser::Error for Unwritable {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

impl Looker<'_> {
    /// A value that has no names inside.
    fn leaf(self, field: Field) -> Result<Field, Unwritable> {
        Ok(if self.names.is_empty() { field } else { Field::Missing })
    }

    fn number(self, number: f64) -> Result<Field, Unwritable> {
        self.leaf(number.into())
    }

    fn text(self, text: &str) -> Result<Field, Unwritable> {
        if self.names.is_empty() { Ok(text.into()) } else { Ok(Field::Missing) }
    }
}

/// An object in which a name is looked for.
struct Inside<'a> {
    names: &'a [&'a str],
    found: Option<Field>,
    is_next: bool,
}

impl<'a> Looker<'a> {
    fn inside(self) -> Inside<'a> {
        let found = self.names.is_empty().then_some(Field::Other);
        Inside { names: self.names, found, is_next: false }
    }
}

impl Inside<'_> {
    fn look<T: ?Sized + Serialize>(&mut self, name: &str, value: &T) -> Result<(), Unwritable> {
        if let Some((wanted, rest)) = self.names.split_first()
            && *wanted == name
        {
            self.found = Some(value.serialize(Looker { names: rest })?);
        }
        Ok(())
    }

    fn into_field(self) -> Field {
        self.found.unwrap_or(Field::Missing)
    }
}

impl SerializeStruct for Inside<'_> {
    type Ok = Field;
    type Error = Unwritable;

    fn serialize_field<T: ?Sized + Serialize>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        self.look(name, value)
    }

    fn end(self) -> Result<Field, Unwritable> {
        Ok(self.into_field())
    }
}

impl SerializeMap for Inside<'_> {
    type Ok = Field;
    type Error = Unwritable;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), Unwritable> {
        let Some(name) = self.names.first() else { return Ok(()) };
        // JSON has texts for keys, of numbers too.
        let key = serde_json::to_value(key).map(|key| match key {
            Value::String(key) => key,
            other => other.to_string(),
        });
        self.is_next = key.is_ok_and(|key| key == *name);
        Ok(())
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Unwritable> {
        if std::mem::take(&mut self.is_next) {
            self.found = Some(value.serialize(Looker { names: &self.names[1..] })?);
        }
        Ok(())
    }

    fn end(self) -> Result<Field, Unwritable> {
        Ok(self.into_field())
    }
}

/// `{"Variant": {…}}`: one level further in.
struct InsideVariant<'a> {
    inside: Option<Inside<'a>>,
    is_itself: bool,
}

impl SerializeStructVariant for InsideVariant<'_> {
    type Ok = Field;
    type Error = Unwritable;

    fn serialize_field<T: ?Sized + Serialize>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        self.inside.as_mut().map_or(Ok(()), |inside| inside.look(name, value))
    }

    fn end(self) -> Result<Field, Unwritable> {
        let none = if self.is_itself { Field::Other } else { Field::Missing };
        Ok(self.inside.map_or(none, Inside::into_field))
    }
}

/// A list: nothing is looked for in it.
struct List(Field);

macro_rules! lists {
    ($($kind:ident :: $method:ident),*) => {$(
        impl serde::ser::$kind for List {
            type Ok = Field;
            type Error = Unwritable;

            fn $method<T: ?Sized + Serialize>(&mut self, _: &T) -> Result<(), Unwritable> {
                Ok(())
            }

            fn end(self) -> Result<Field, Unwritable> {
                Ok(self.0)
            }
        }
    )*};
}

lists!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

impl<'a> Serializer for Looker<'a> {
    type Ok = Field;
    type Error = Unwritable;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = List;
    type SerializeTupleVariant = List;
    type SerializeMap = Inside<'a>;
    type SerializeStruct = Inside<'a>;
    type SerializeStructVariant = InsideVariant<'a>;

    fn serialize_bool(self, value: bool) -> Result<Field, Unwritable> {
        self.leaf(value.into())
    }

    fn serialize_i8(self, value: i8) -> Result<Field, Unwritable> {
        self.number(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<Field, Unwritable> {
        self.number(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<Field, Unwritable> {
        self.number(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<Field, Unwritable> {
        self.number(value as f64)
    }

    fn serialize_u8(self, value: u8) -> Result<Field, Unwritable> {
        self.number(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<Field, Unwritable> {
        self.number(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<Field, Unwritable> {
        self.number(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<Field, Unwritable> {
        self.number(value as f64)
    }

    fn serialize_i128(self, value: i128) -> Result<Field, Unwritable> {
        self.number(value as f64)
    }

    fn serialize_u128(self, value: u128) -> Result<Field, Unwritable> {
        self.number(value as f64)
    }

    fn serialize_f32(self, value: f32) -> Result<Field, Unwritable> {
        self.number(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<Field, Unwritable> {
        self.number(value)
    }

    fn serialize_char(self, value: char) -> Result<Field, Unwritable> {
        self.text(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<Field, Unwritable> {
        self.text(value)
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Field, Unwritable> {
        self.leaf(Field::Other)
    }

    fn serialize_none(self) -> Result<Field, Unwritable> {
        self.leaf(Field::Null)
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<Field, Unwritable> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Field, Unwritable> {
        self.leaf(Field::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Field, Unwritable> {
        self.leaf(Field::Null)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Field, Unwritable> {
        self.text(variant)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Field, Unwritable> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Field, Unwritable> {
        let mut inside = self.inside();
        inside.look(variant, value)?;
        Ok(inside.into_field())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List, Unwritable> {
        self.leaf(Field::Other).map(List)
    }

    fn serialize_tuple(self, _: usize) -> Result<List, Unwritable> {
        self.leaf(Field::Other).map(List)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List, Unwritable> {
        self.leaf(Field::Other).map(List)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List, Unwritable> {
        let is_it = self.names.first() == Some(&variant) && self.names.len() == 1;
        Ok(List(if self.names.is_empty() || is_it { Field::Other } else { Field::Missing }))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Inside<'a>, Unwritable> {
        Ok(self.inside())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Inside<'a>, Unwritable> {
        Ok(self.inside())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<InsideVariant<'a>, Unwritable> {
        let inside = self.names.split_first().filter(|(name, _)| **name == variant);
        Ok(InsideVariant {
            inside: inside.map(|(_, names)| Looker { names }.inside()),
            is_itself: self.names.is_empty(),
        })
    }
}
