//! What stands for the scalar `Money`.

use kvetch::{Value, ValueRef};
use pent::CustomScalar;
use pent::scalar::Json;

/// An amount, stored as text of a fixed width, so that its order is that of the amounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    /// Hundredths of the currency.
    pub cents: u64,
    /// Three letters.
    pub currency: String,
}

impl CustomScalar for Money {
    fn parse(written: &Json) -> Result<Self, String> {
        let read = |text: &str| {
            let (amount, currency) = text.split_once(' ')?;
            let (whole, cents) = amount.split_once('.')?;
            let cents = whole.parse::<u64>().ok()? * 100 + cents.parse::<u64>().ok().filter(|cents| *cents < 100)?;
            Some(Self { cents, currency: currency.to_owned() })
        };
        written.as_str().and_then(read).ok_or_else(|| "an amount is written as \"1.50 EUR\"".to_owned())
    }

    fn to_json(&self) -> Json {
        format!("{}.{:02} {}", self.cents / 100, self.cents % 100, self.currency).into()
    }

    fn to_stored(&self) -> Value {
        format!("{} {:016}", self.currency, self.cents).into()
    }

    fn from_stored(stored: ValueRef<'_>) -> Result<Self, String> {
        let ValueRef::Text(text) = stored else { return Err("text".to_owned()) };
        let (currency, cents) = text.split_once(' ').ok_or("a currency and cents")?;
        let cents = cents.parse().map_err(|_| "cents")?;
        Ok(Self { cents, currency: currency.to_owned() })
    }
}
