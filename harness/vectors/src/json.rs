//! Inputs and outputs as JSON: bytes are hexadecimal, 64-bit numbers are decimal text.

use data_encoding::HEXLOWER;
use serde_json::Value;
use tacita_core::crypto::Secret;
use tacita_wire::Decode;

use crate::case::Refused;

/// The inputs of a case, by name.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a>(&'a Value);

/// Bytes as they stand in a case.
#[must_use]
pub fn hex(bytes: &[u8]) -> Value {
    Value::String(HEXLOWER.encode(bytes))
}

impl<'a> Inputs<'a> {
    /// Wraps an object.
    #[must_use]
    pub fn new(value: &'a Value) -> Self {
        Self(value)
    }

    /// The object itself.
    #[must_use]
    pub fn value(&self) -> &'a Value {
        self.0
    }

    fn field(&self, name: &str) -> Result<&'a Value, Refused> {
        self.0.get(name).ok_or_else(|| wrong(name))
    }

    /// An object within.
    ///
    /// # Errors
    /// [`Refused::BadCase`] if it is missing or of another form.
    pub fn object(&self, name: &str) -> Result<Self, Refused> {
        self.field(name).map(Self)
    }

    /// An object that may be `null`.
    ///
    /// # Errors
    /// [`Refused::BadCase`] if it is missing or of another form.
    pub fn option(&self, name: &str) -> Result<Option<Self>, Refused> {
        let value = self.field(name)?;
        Ok((!value.is_null()).then_some(Self(value)))
    }

    /// Whether there is such an input.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some()
    }

    /// A list.
    ///
    /// # Errors
    /// [`Refused::BadCase`] if it is missing or of another form.
    pub fn list(&self, name: &str) -> Result<&'a [Value], Refused> {
        let list = self.field(name)?.as_array();
        Ok(list.ok_or_else(|| wrong(name))?)
    }

    /// Text.
    ///
    /// # Errors
    /// [`Refused::BadCase`] if it is missing or of another form.
    pub fn text(&self, name: &str) -> Result<&'a str, Refused> {
        self.field(name)?.as_str().ok_or_else(|| wrong(name))
    }

    /// Bytes, from hexadecimal.
    ///
    /// # Errors
    /// [`Refused::BadCase`] if it is missing or of another form.
    pub fn bytes(&self, name: &str) -> Result<Vec<u8>, Refused> {
        let text = self.text(name)?;
        HEXLOWER.decode(text.as_bytes()).map_err(|_| wrong(name))
    }

    /// So many bytes.
    ///
    /// # Errors
    /// [`Refused::BadCase`] if it is missing or of another form.
    pub fn array<const N: usize>(&self, name: &str) -> Result<[u8; N], Refused> {
        self.bytes(name)?.try_into().map_err(|_| wrong(name))
    }

    /// 32 secret bytes.
    ///
    /// # Errors
    /// [`Refused::BadCase`] if it is missing or of another form.
    pub fn secret(&self, name: &str) -> Result<Secret<32>, Refused> {
        self.array(name).map(Secret::from_bytes)
    }

    /// Bytes that are read as a structure; what is wrong with them is the core's own refusal.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn decoded<T: Decode>(&self, name: &str) -> Result<T, Refused> {
        Ok(T::from_bytes(&self.bytes(name)?)?)
    }

    /// A number.
    ///
    /// # Errors
    /// [`Refused::BadCase`] if it is missing or of another form.
    pub fn number<T: TryFrom<u64>>(&self, name: &str) -> Result<T, Refused> {
        let number = self.field(name)?.as_u64().ok_or_else(|| wrong(name))?;
        T::try_from(number).map_err(|_| wrong(name))
    }

    /// A number of 64 bits, from decimal text.
    ///
    /// # Errors
    /// [`Refused::BadCase`] if it is missing or of another form.
    pub fn long(&self, name: &str) -> Result<u64, Refused> {
        self.text(name)?.parse().map_err(|_| wrong(name))
    }
}

pub(crate) fn wrong(name: &str) -> Refused {
    Refused::BadCase(format!("{name} is missing or of another form"))
}
