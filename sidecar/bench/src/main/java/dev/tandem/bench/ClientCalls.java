package dev.tandem.bench;

import dev.tandem.store.redis.link.RedisLink;
import dev.tandem.task.Bytes;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The cheapest Redis commands that do such a thing at all, by the plain Vert.x client: a record of the same bytes set
 * in a hash, and read from one. No index, no version, no check is kept, so it is less than a task store has to do.
 */
final class ClientCalls implements TaskCalls {
    private final PlainRedis redis;
    private final Supplier<String> namespace;
    /** As the store has written them, by the sizes of their payloads. */
    private final Map<Integer, byte[]> records;

    ClientCalls(PlainRedis redis, Supplier<String> namespace, Map<Integer, byte[]> records) {
        this.redis = redis;
        this.namespace = namespace;
        this.records = Map.copyOf(records);
    }

    static byte[] key(String namespace) {
        return ("tandem:" + RedisLink.hashTag(namespace) + ":direct").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public Set<Operation> operations() {
        return EnumSet.of(Operation.CREATE, Operation.GET_HIT, Operation.GET_MISS);
    }

    @Override
    public Future<?> create(String taskId, String queue, Bytes payload) {
        byte[] record = records.get(payload.array().length);
        if (record == null) {
            throw new BenchException("there is no record with a payload of " + payload.array().length + " bytes");
        }
        return redis.send(request(Command.HSET, taskId).arg(record));
    }

    @Override
    public Future<Boolean> get(String taskId) {
        return redis.send(request(Command.HGET, taskId)).map(found -> found != null);
    }

    @Override
    public Future<Held> claim(String queue) {
        return unlike("a claim");
    }

    @Override
    public Future<?> complete(Held held) {
        return unlike("a completion");
    }

    @Override
    public Future<?> delete(String taskId) {
        return redis.send(request(Command.HDEL, taskId));
    }

    private Request request(Command command, String taskId) {
        return Request.cmd(command).arg(key(namespace.get())).arg("t" + taskId);
    }

    private static <T> Future<T> unlike(String what) {
        return Future.failedFuture(new BenchException("no single command of Redis is " + what));
    }
}
