//! The number of what a screen was given last, and that itself until it is known to have come.

/// What a caller is to be given who says what it was given last.
pub(super) enum Asked<U> {
    /// What it was given last, which did not come.
    Again(U),
    /// What is new since.
    News,
    /// Everything: nobody knows what it has.
    Whole,
}

/// The last update. A caller that was cancelled may never have seen it.
pub(super) struct Given<U> {
    number: u64,
    last: Option<U>,
}

impl<U> Default for Given<U> {
    fn default() -> Self {
        let (number, last) = (0, None);
        Self { number, last }
    }
}

impl<U: Clone> Given<U> {
    /// What a caller asks for that was given the update of this number last; 0: none.
    pub(super) fn ask(&mut self, seen: u64) -> Asked<U> {
        if seen == self.number && seen > 0 {
            self.last = None;
            return Asked::News;
        }
        match &self.last {
            Some(last) if seen.checked_add(1) == Some(self.number) => Asked::Again(last.clone()),
            _ => {
                // It may be of an earlier run: what it gets is not to look like what it has.
                self.number = self.number.max(seen);
                Asked::Whole
            }
        }
    }

    /// Gives an update, made for its number.
    pub(super) fn give(&mut self, update: impl FnOnce(u64) -> U) -> U {
        self.number = self.number.saturating_add(1);
        let update = update(self.number);
        self.last = Some(update.clone());
        update
    }
}
