//! What users have read.

use crate::model::Shown;
use crate::play::Play;
use crate::rule::{Broken, hold};

impl Play {
    pub(super) fn act_read(&mut self) -> Result<(), Broken> {
        let Some((who, other)) = self.draw_talk() else {
            return Ok(());
        };
        self.look(who)?;
        let places: Vec<u64> = match self.model.minds[who].talks.get(&other) {
            Some(talk) => talk.rows.keys().copied().collect(),
            None => return Ok(()),
        };
        let place = match self.dice().percent(60) {
            true => places.last().copied(),
            false => self.dice().pick(&places).copied(),
        };
        let Some(place) = place else { return Ok(()) };
        let id = self.id_of(other);
        self.world.note(format_args!(
            "{who} reads what {other} wrote up to place {place}"
        ));
        let done = self.unharmed_with(who, |engine, now, rng| {
            engine.mark_read(id, place, now, rng)
        });
        hold!(
            done == Some(Ok(())),
            Calls,
            "{who} could not read: {done:?}"
        );
        self.note_read(who, other, place);
        Ok(())
    }

    pub fn note_read(&mut self, who: usize, other: usize, place: u64) {
        let talk = self.model.talk(who, other);
        talk.read_up_to = talk.read_up_to.max(place);
        let up_to = talk.read_up_to;
        let read: Vec<usize> = talk
            .rows
            .range(..=up_to)
            .filter_map(|(_, row)| match row.shown {
                Shown::Text(id) => Some(id),
                _ => None,
            })
            .collect();
        // One counter says it for all before, also for what a deleted talk had. §16.2.
        let last = read
            .into_iter()
            .filter(|id| self.model.texts[*id].to == who)
            .max();
        for text in &mut self.model.texts[..last.map_or(0, |last| last + 1)] {
            text.read |= text.to == who && text.from == other && text.received;
        }
    }
}
