package dev.tandem.bench;

import dev.tandem.store.redis.link.RedisLink;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Namespaces in a Redis that nobody else has: a fresh one for each pass, removed after it, so that passes do not weigh
 * on each other and a server that is somebody's is left as it was.
 */
final class RedisNamespaces implements ManyNamespaces {
    private static final String REGISTRY = "tandem:" + RedisLink.hashTag(":namespaces");

    private final PlainRedis redis;
    private final String prefix;
    private final List<String> made = new ArrayList<>();
    private volatile String current;

    RedisNamespaces(PlainRedis redis, String prefix) {
        this.redis = redis;
        this.prefix = prefix + "-" + UUID.randomUUID().toString().substring(24);
        this.current = this.prefix + "-0";
        made.add(current);
    }

    @Override
    public String get() {
        return current;
    }

    /** The beginning of all names, up to a dash. */
    String prefix() {
        return prefix;
    }

    @Override
    public void use(String namespace) {
        current = namespace;
    }

    @Override
    public void begin() {
        current = another();
    }

    @Override
    public void end() {
        remove(current);
    }

    /** One that is removed by {@link #remove}, or {@link #removeAll}. */
    @Override
    public String another() {
        String name = prefix + "-" + made.size();
        made.add(name);
        return name;
    }

    @Override
    public void remove(String namespace) {
        // First from the list: whoever sweeps goes by it.
        redis.ask(Request.cmd(Command.SREM).arg(REGISTRY).arg(namespace));
        Request unlink = Request.cmd(Command.UNLINK);
        keys(namespace).forEach(unlink::arg);
        redis.ask(unlink);
    }

    /** What a sidecar may have written after its namespace was removed goes too. Called when no sidecar is left. */
    void removeAll() {
        made.forEach(this::remove);
    }

    private static List<byte[]> keys(String namespace) {
        List<byte[]> keys = new ArrayList<>();
        for (String what : List.of("records", "index", "changes")) {
            keys.add(("tandem:" + RedisLink.hashTag(namespace) + ":" + what).getBytes(StandardCharsets.UTF_8));
        }
        keys.add(ClientCalls.key(namespace));
        return keys;
    }
}
