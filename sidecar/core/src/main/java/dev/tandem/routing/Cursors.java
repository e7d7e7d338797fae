package dev.tandem.routing;

import dev.tandem.store.Cursor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Places in a namespace's changes, compared. With several shards, of two places neither may be behind the other. */
final class Cursors {
    private Cursors() {}

    /** Whether everything up to {@code a} is also up to {@code b}. */
    static boolean isCoveredBy(Cursor a, Cursor b) {
        for (int shard = 0; shard < a.versions().size(); shard++) {
            if (a.versions().get(shard) > b.versions().get(shard)) {
                return false;
            }
        }
        return true;
    }

    /** Up to both. */
    static Cursor max(Cursor a, Cursor b) {
        if (isCoveredBy(a, b)) {
            return b;
        }
        List<Long> versions = new ArrayList<>(a.versions().size());
        for (int shard = 0; shard < a.versions().size(); shard++) {
            versions.add(Math.max(a.versions().get(shard), b.versions().get(shard)));
        }
        return new Cursor(Collections.unmodifiableList(versions));
    }

    /** A version at or below which everything is up to {@code cursor}, whatever its shard. */
    static long lowest(Cursor cursor) {
        return Collections.min(cursor.versions());
    }
}
