//! An input, taken apart: any bytes at all can be.

/// What is left of an input.
pub(super) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Numbers are 0 where the input has ended.
    pub(super) fn byte(&mut self) -> u8 {
        u8::from_le_bytes(self.number())
    }

    pub(super) fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.number())
    }

    pub(super) fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.number())
    }

    /// A part behind its length, which is two bytes; less where the input has ended.
    pub(super) fn part(&mut self) -> &'a [u8] {
        let length = u16::from_le_bytes(self.number());
        self.take(length.into())
    }

    pub(super) fn rest(self) -> &'a [u8] {
        self.0
    }

    fn number<const N: usize>(&mut self) -> [u8; N] {
        let mut number = [0; N];
        let taken = self.take(N);
        number[..taken.len()].copy_from_slice(taken);
        number
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, left) = self.0.split_at(length.min(self.0.len()));
        self.0 = left;
        taken
    }
}
