package dev.tandem.migration;

import dev.tandem.migration.Difference.Kind;
import dev.tandem.task.RecordName;
import dev.tandem.task.StoredRecord;
import org.jspecify.annotations.Nullable;

/**
 * How one look has found a record in both stores. It keeps no contents, so that many can be remembered.
 *
 * @param authorityVersion 0 if it was not there
 * @param mirrorVersion 0 if it was not there
 * @param isSame whether both were equal, contents and all
 */
record Sight(long authorityVersion, long mirrorVersion, boolean isSame) {
    static Sight of(@Nullable StoredRecord authority, @Nullable StoredRecord mirror) {
        boolean isSame = authority == null ? mirror == null : authority.equals(mirror);
        return new Sight(version(authority), version(mirror), isSame);
    }

    private static long version(@Nullable StoredRecord record) {
        return record == null ? 0 : record.version();
    }

    /**
     * Whether this look and the one before it show together that the stores really differ.
     *
     * <p>Each look reads the authority, delivers the outbox, then reads the mirror. So:
     *
     * <ul>
     *   <li>A record that stood still in the authority from look to look stood in the outbox, if anywhere, under one version all through the
     *       delivery in between: the mirror has it then, or it does not come.
     *   <li>What the mirror had before the authority was asked, the authority had decided before; then it has that or something newer.
     * </ul>
     */
    boolean proves(Sight before) {
        return !isSame && (equals(before) || isRogue(before));
    }

    private boolean isRogue(Sight before) {
        return authorityVersion > 0 && mirrorVersion > authorityVersion && mirrorVersion == before.mirrorVersion;
    }

    Difference difference(RecordName name) {
        return new Difference(name, kind(), authorityVersion, mirrorVersion);
    }

    private Kind kind() {
        if (mirrorVersion == 0) {
            return Kind.MISSING;
        } else if (authorityVersion == 0) {
            return Kind.EXTRA;
        }
        return authorityVersion == mirrorVersion ? Kind.CONTENT : Kind.VERSION;
    }
}
