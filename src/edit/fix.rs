//! Making right what is wrong.

use crate::edit::EditError;
use crate::edit::seal::Right;
use crate::field::{Claimed, Completion, Given, Kind};
use crate::packet::Packet;

impl<B: AsRef<[u8]> + AsMut<[u8]>> Packet<B> {
    /// Computes every checksum that is wrong or was left for the network card, from the inside out, and says how many
    /// changed. Those of fragments, of what the capture cut, and those that the sender left out (zero in UDP) stay as
    /// they are, and those further in than the 64th.
    ///
    /// ```
    /// use layercake::packet::{Decoder, Frame};
    /// use layercake::wire::{ipv4::Ipv4, udp::Udp};
    ///
    /// let mut bytes = [0; 32];
    /// let wrong = Ipv4::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into()) / Udp::new(1, 2).checksum(7) / b"data";
    /// wrong.write(&mut bytes)?;
    /// let mut packet = Decoder::new().packet(Frame::raw(bytes));
    /// assert_eq!(packet.fix_checksums(), 1);
    /// assert_eq!(packet.findings().count(), 0);
    /// # Ok::<(), layercake::field::BuildError>(())
    /// ```
    pub fn fix_checksums(&mut self) -> usize {
        Right::mended(self).restore(self, None)
    }

    /// Makes every length right that cannot be: one that says less than its own header, or more than there is, reaches
    /// to the end of what carries it then. Where bytes may be missing for another reason, the capture cut them, the
    /// packet is a fragment or quoted, nothing is known to be wrong, and nothing changes. Checksums that were right are
    /// right again.
    ///
    /// # Errors
    /// [`EditError::Build`] if a length does not fit its field; the lengths further out are right then.
    pub fn fix_lengths(&mut self) -> Result<(), EditError> {
        self.mend_lengths(false)
    }

    /// Makes the length of every header reach to the end of what carries it, and the outermost to the end of the frame,
    /// whatever it was: for bytes that were made longer or shorter by hand. Padding of a short frame stays behind it. What the
    /// capture cut, fragments and what is quoted stay as they are. Checksums that were right are right again.
    ///
    /// # Errors
    /// As [`Packet::fix_lengths`].
    pub fn stretch_lengths(&mut self) -> Result<(), EditError> {
        self.mend_lengths(true)
    }

    fn mend_lengths(&mut self, all: bool) -> Result<(), EditError> {
        let right = Right::of(self);
        let padding = self.layers().find(|layer| layer.kind == Kind::PADDING);
        let mut end = padding.map_or(self.body_end(), |padding| padding.start());
        let mut index = 0;
        // A length that grows can bring layers to light that lay behind what it said; so each is looked for anew.
        while let Some((layer, wrong, excused)) = self.length_of(index) {
            if excused {
                break;
            }
            if let Some(protocol) = self.protocol(&layer)
                && (wrong || all)
                && layer.header() >= (protocol.needed)(self.layer_bytes(&layer))
            {
                let completion =
                    Completion { given: Given::default(), header: layer.header(), building: false };
                if let Some(bytes) = self.bytes_mut().get_mut(layer.start()..end) {
                    (protocol.fill)(bytes, &completion)?;
                }
                self.refresh();
            }
            index = index.saturating_add(1);
            if let Some(layer) = self.layers().nth(index.saturating_sub(1)) {
                end = end.min(self.content_end(&layer));
            }
        }
        right.restore(self, None);
        Ok(())
    }

    /// The `index`th header, whether the length that it claims cannot be, and whether nobody can know.
    fn length_of(&self, index: usize) -> Option<(crate::packet::Layer, bool, bool)> {
        let mut scopes = self.scopes();
        loop {
            let (at, layer, protocol) = scopes.advance()?;
            if layer.is_rest() {
                return None;
            }
            if at == index {
                let scope = &scopes.scope;
                let claimed = protocol.claim.map(|claim| (claim.bytes)(scope.bytes));
                let wrong = match claimed {
                    Some(Claimed::Wrong) => true,
                    Some(Claimed::Bytes(bytes)) => bytes > scope.room,
                    Some(Claimed::Nothing) | None => false,
                };
                return Some((layer, wrong, scope.excused() || self.is_cut()));
            }
        }
    }
}
