package dev.tandem.migration;

import dev.tandem.task.RecordName;

/**
 * A task or lease that a namespace's authority and its mirror have differently, and that no change on its way explains.
 *
 * @param authorityVersion of the record in the authority; 0 if it has none
 * @param mirrorVersion of the record in the mirror; 0 if it has none
 */
public record Difference(RecordName name, Kind kind, long authorityVersion, long mirrorVersion) {
    /** In what the two differ. */
    public enum Kind {
        /** The mirror lacks what the authority has. */
        MISSING,
        /** The mirror has what the authority lacks. */
        EXTRA,
        /** Both have it, in different versions. */
        VERSION,
        /** Both have it in one version, with different contents. */
        CONTENT
    }

    /**
     * Whether the mirror has something that the authority, as it is now, did not decide. It is there because somebody else wrote to the mirror, or because
     * the authority has lost what it had decided. What a repair makes of it: see {@link Verify#repair}.
     */
    public boolean isMirrorAhead() {
        return mirrorVersion > authorityVersion;
    }
}
