//! Memory that the kernel has really given.

/// The smallest page of the systems we run on.
const PAGE_BYTES: usize = 4_096;

/// Writes to each page of a fresh buffer, so that the first packets of a call do not wait for the kernel to find them.
pub fn fault_in(buffer: &mut [u8]) {
    buffer.iter_mut().step_by(PAGE_BYTES).for_each(|byte| *byte = 1);
}
