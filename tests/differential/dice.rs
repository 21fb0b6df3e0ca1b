//! Small choices.

use fastrand::Rng;

/// Whether one of so many chances comes about.
pub(crate) fn one_in(rng: &mut Rng, chances: u32) -> bool {
    rng.u32(..chances.max(1)) == 0
}

/// One of some.
pub(crate) fn pick<'a, T>(rng: &mut Rng, items: &'a [T]) -> &'a T {
    &items[rng.usize(..items.len())]
}

/// The same, by value.
pub(crate) fn one_of<T: Copy>(rng: &mut Rng, items: &[T]) -> T {
    *pick(rng, items)
}

/// Makes a value live as long as the program: tables are static data. Strings become `&'static str`.
pub(crate) fn leak<T: Leak>(value: T) -> &'static T::Leaked {
    value.leaked()
}

/// What can be made to live as long as the program.
pub(crate) trait Leak {
    type Leaked: ?Sized + 'static;
    fn leaked(self) -> &'static Self::Leaked;
}

impl Leak for String {
    type Leaked = str;
    fn leaked(self) -> &'static str {
        self.leak()
    }
}

impl Leak for pent::table::Type {
    type Leaked = Self;
    fn leaked(self) -> &'static Self {
        Box::leak(Box::new(self))
    }
}

impl<T: 'static> Leak for Vec<T> {
    type Leaked = [T];
    fn leaked(self) -> &'static [T] {
        self.leak()
    }
}
