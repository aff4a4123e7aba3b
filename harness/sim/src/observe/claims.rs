//! *Delivered* and *read*, which are claims about another's store and user.

use super::{DELIVERED, READ};
use crate::model::Model;
use crate::rule::{Broken, hold};
use crate::world::World;

/// *Delivered* and *read* are claims about another's store and user. Checked when everybody was looked at.
pub fn check_claims(world: &World, model: &Model) -> Result<(), Broken> {
    for (who, mind) in model.minds.iter().enumerate() {
        for (other, talk) in &mind.talks {
            if world.devices[*other].engine.is_none() || world.devices[*other].dirty {
                // Not looked at: it is being started.
                continue;
            }
            for (place, id) in &talk.own {
                let (text, rank) = (
                    &model.texts[*id],
                    talk.rows.get(place).map_or(0, |row| row.rank),
                );
                hold!(
                    rank < DELIVERED || text.received || text.dropped,
                    DeliveryTrue,
                    "{who} sees t{id} delivered, which {other} never had"
                );
                hold!(
                    rank < READ || text.read || text.dropped,
                    ReadTrue,
                    "{who} sees t{id} read, which {other} never did"
                );
            }
        }
    }
    Ok(())
}
