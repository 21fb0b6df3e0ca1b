//! The memory of this process, as Linux tells of it.

use std::fs;

/// What it has now, in MiB.
pub(crate) fn resident_mib() -> f64 {
    mebibytes("VmRSS")
}

/// The most that it has had at once, in MiB, since it began or [`forget_peak`] was called.
pub(crate) fn peak_mib() -> f64 {
    mebibytes("VmHWM")
}

/// Begins anew with the peak.
pub(crate) fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").expect("the peak can be forgotten");
}

fn mebibytes(field: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux tells of a process");
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kibibytes.expect("it is a number of kilobytes") / 1024.0
}
