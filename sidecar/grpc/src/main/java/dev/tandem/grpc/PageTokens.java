package dev.tandem.grpc;

import dev.tandem.store.ListPosition;
import dev.tandem.store.TaskFilter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.TreeSet;

/** Page tokens: a place in a list, bound to the query that it came from, good for a time. */
final class PageTokens {
    private static final byte FORMAT = 'p';

    private PageTokens() {}

    static String seal(
            ListPosition position, String namespace, TaskFilter filter, boolean newestFirst, long goodUntilMillis) {
        byte[] id = position.id().getBytes(StandardCharsets.UTF_8);
        ByteBuffer body = ByteBuffer.allocate(1 + 3 * Long.BYTES + id.length);
        body.put(FORMAT)
                .putLong(goodUntilMillis)
                .putLong(hash(namespace, filter, newestFirst))
                .putLong(position.createdAtMillis())
                .put(id);
        return TokenBytes.seal(body.flip());
    }

    /**
     * The place that a token stands for.
     *
     * @throws ApiException if it is not a page token, not this query's, or too old
     */
    static ListPosition open(String token, String namespace, TaskFilter filter, boolean newestFirst, long nowMillis) {
        ByteBuffer body = TokenBytes.open(token, FORMAT);
        if (body == null || body.remaining() <= 3 * Long.BYTES) {
            throw refused(
                    "is not one that a page came with; " + Checks.is(token).replaceFirst("^is", "it is"));
        }
        long goodUntil = body.getLong();
        long hash = body.getLong();
        long createdAt = body.getLong();
        byte[] id = new byte[body.remaining()];
        body.get(id);
        if (hash != hash(namespace, filter, newestFirst)) {
            throw refused("came with another list: all conditions must be as for the page before");
        }
        if (goodUntil <= nowMillis) {
            throw refused("is too old: list again from the first page");
        }
        return new ListPosition(createdAt, new String(id, StandardCharsets.UTF_8));
    }

    private static ApiException refused(String why) {
        return new ApiException(StatusMap.invalid(StatusMap.INVALID_PAGE_TOKEN, "page_token", why));
    }

    private static long hash(String namespace, TaskFilter filter, boolean newestFirst) {
        long hash = TokenBytes.hash(TokenBytes.HASH_START, namespace);
        hash = TokenBytes.hash(hash, newestFirst ? "desc" : "asc");
        hash = hash(hash, filter.states().stream().map(Enum::name).toList());
        hash = hash(hash, filter.queues());
        hash = hash(hash, filter.kinds());
        hash = TokenBytes.hash(hash, filter.node());
        hash = hash(
                hash,
                filter.labels().entrySet().stream()
                        .map(label -> label.getKey() + "=" + label.getValue())
                        .toList());
        hash = TokenBytes.hash(hash, Long.toString(filter.createdFromMillis()));
        return TokenBytes.hash(hash, Long.toString(filter.createdBeforeMillis()));
    }

    private static long hash(long hash, Collection<String> values) {
        long result = TokenBytes.hash(hash, Integer.toString(values.size()));
        for (String value : new TreeSet<>(values)) {
            result = TokenBytes.hash(result, value);
        }
        return result;
    }
}
