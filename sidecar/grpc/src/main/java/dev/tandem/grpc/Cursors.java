package dev.tandem.grpc;

import dev.tandem.store.Cursor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Cursors as their callers keep them: the versions of each shard, bound to the namespace. */
final class Cursors {
    private static final byte FORMAT = 'c';

    private Cursors() {}

    static String seal(Cursor cursor, String namespace) {
        List<Long> versions = cursor.versions();
        ByteBuffer body = ByteBuffer.allocate(1 + Long.BYTES + versions.size() * Long.BYTES);
        body.put(FORMAT).putLong(TokenBytes.hash(TokenBytes.HASH_START, namespace));
        for (long version : versions) {
            body.putLong(version);
        }
        return TokenBytes.seal(body.flip());
    }

    /**
     * The place that a cursor stands for.
     *
     * @throws ApiException if it is not a cursor, or another namespace's
     */
    static Cursor open(String cursor, String namespace) {
        ByteBuffer body = TokenBytes.open(cursor, FORMAT);
        if (body == null || body.remaining() < 2 * Long.BYTES || body.remaining() % Long.BYTES != 0) {
            throw refused(
                    "is not one that a watch came with; " + Checks.is(cursor).replaceFirst("^is", "it is"));
        }
        if (body.getLong() != TokenBytes.hash(TokenBytes.HASH_START, namespace)) {
            throw refused("came from a watch on another namespace");
        }
        List<Long> versions = new ArrayList<>(body.remaining() / Long.BYTES);
        while (body.hasRemaining()) {
            versions.add(body.getLong());
        }
        return new Cursor(List.copyOf(versions));
    }

    private static ApiException refused(String why) {
        return new ApiException(StatusMap.invalid(StatusMap.INVALID_CURSOR, "cursor", why));
    }
}
