package dev.tandem.store.redis.link;

import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.ZModem;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which primary of a cluster has which slot, as its nodes said it. Does not change. */
final class SlotMap {
    static final int SLOTS = 16_384;
    static final SlotMap EMPTY = new SlotMap(new @Nullable Endpoint[SLOTS]);

    private final @Nullable Endpoint[] primaries;

    private SlotMap(@Nullable Endpoint[] primaries) {
        this.primaries = primaries;
    }

    /**
     * Reads the answer to CLUSTER SLOTS.
     *
     * @param asked the node that answered; it leaves its own host out if it does not know it
     */
    static SlotMap read(Response slots, Endpoint asked) {
        @Nullable Endpoint[] primaries = new @Nullable Endpoint[SLOTS];
        for (Response range : slots) {
            Response primary = range.get(2);
            Response host = primary.get(0);
            String name = host == null ? "" : host.toString();
            Endpoint endpoint = Endpoint.of(
                    name.isEmpty() || name.equals("?") ? asked.host() : name,
                    primary.get(1).toInteger());
            int first = range.get(0).toInteger();
            int last = range.get(1).toInteger();
            Arrays.fill(primaries, first, last + 1, endpoint);
        }
        return new SlotMap(primaries);
    }

    static int slot(String namespace) {
        return ZModem.generate(RedisLink.hashTag(namespace).getBytes(StandardCharsets.UTF_8));
    }

    @Nullable
    Endpoint primary(int slot) {
        return primaries[slot];
    }

    SlotMap with(int slot, Endpoint primary) {
        @Nullable Endpoint[] changed = primaries.clone();
        changed[slot] = primary;
        return new SlotMap(changed);
    }

    Set<Endpoint> primaries() {
        Set<Endpoint> all = new LinkedHashSet<>();
        for (Endpoint each : primaries) {
            if (each != null) {
                all.add(each);
            }
        }
        return all;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SlotMap map && Arrays.equals(map.primaries, primaries);
    }

    @Override
    public int hashCode() {
        return Objects.hashCode(primaries[0]);
    }
}
