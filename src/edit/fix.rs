//! Making right what is wrong.

use crate::edit::EditError;
use crate::edit::seal::Right;
use crate::field::{Completion, Given};
use crate::packet::Packet;

impl<B: AsRef<[u8]> + AsMut<[u8]>> Packet<B> {
    /// Computes every checksum that is wrong or was left for the network card, from the inside out, and says how many
    /// changed. Those of fragments, of what the capture cut, and those that the sender left out (zero in UDP) stay as they are.
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

    /// Makes the length of every header reach to the end of what carries it, and the outermost to the end of the frame; padding
    /// of a short frame stays behind it. Checksums that were right, and that can be checked now, are right again.
    ///
    /// # Errors
    /// [`EditError::Build`] if a length does not fit its field; the lengths further out are right then.
    pub fn fix_lengths(&mut self) -> Result<(), EditError> {
        let right = Right::of(self);
        let padding = self.layers().find(|layer| layer.kind == crate::field::Kind::PADDING);
        let end = padding.map_or(self.body_end(), |padding| padding.start());
        let mut index = 0;
        // A length that grows can bring layers to light that lay behind what it said; so each is looked for anew.
        while let Some(layer) = self.layers().nth(index).filter(|layer| !layer.is_rest()) {
            if let Some(protocol) = self.protocol(&layer)
                && layer.header() >= (protocol.needed)(self.layer_bytes(&layer))
            {
                let completion = Completion { given: Given::default(), header: layer.header() };
                if let Some(bytes) = self.bytes_mut().get_mut(layer.start()..end) {
                    (protocol.fill)(bytes, &completion)?;
                }
                self.refresh();
            }
            index = index.saturating_add(1);
        }
        right.restore(self, None);
        Ok(())
    }
}
