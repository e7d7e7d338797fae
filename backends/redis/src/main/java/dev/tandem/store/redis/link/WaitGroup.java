package dev.tandem.store.redis.link;

import dev.tandem.store.FailureKind;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import io.vertx.redis.client.impl.types.ErrorType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes that were sent together, with one WAIT or WAITAOF behind them: they succeed when as many have acknowledged as
 * is required.
 *
 * <p>One for many, because a server that waits runs nothing else of its connection.
 */
final class WaitGroup implements Reply {
    /** Newer than the client library. */
    private static final Command WAITAOF = Command.create("WAITAOF");

    private record Answered(Call call, @Nullable Response response) {}

    private final RedisRequirement require;
    private final long sentNanos;
    private final LinkCounters counters;
    private final Runnable ended;
    private final List<Answered> answered = new ArrayList<>();

    WaitGroup(RedisRequirement require, long sentNanos, LinkCounters counters, Runnable ended) {
        this.require = require;
        this.sentNanos = sentNanos;
        this.counters = counters;
        this.ended = ended;
    }

    static Request request(RedisRequirement require, long timeoutMillis) {
        return require.waitDisk()
                ? Request.cmd(WAITAOF).arg(1).arg(require.waitReplicas()).arg(timeoutMillis)
                : Request.cmd(Command.WAIT).arg(require.waitReplicas()).arg(timeoutMillis);
    }

    /** The server has run {@code call}; its caller is told when the others have acknowledged. */
    void add(Call call, @Nullable Response response) {
        answered.add(new Answered(call, response));
    }

    /** Those that the server has run. */
    List<Call> calls() {
        return answered.stream().map(Answered::call).toList();
    }

    @Override
    public long sentNanos() {
        return sentNanos;
    }

    @Override
    public void reply(@Nullable Response response) {
        String shortfall = shortfall(response);
        if (shortfall != null) {
            counters.waitShortfalls.add(answered.size());
        }
        for (Answered each : answered) {
            if (shortfall == null) {
                each.call().succeed(each.response());
            } else {
                each.call().fail(FailureKind.MAYBE_APPLIED, shortfall);
            }
        }
        ended.run();
    }

    @Override
    public void lost(String why) {
        for (Answered each : answered) {
            each.call()
                    .fail(
                            FailureKind.MAYBE_APPLIED,
                            "Redis ran the command, but whether replicas have it is not known: " + why);
        }
        ended.run();
    }

    private @Nullable String shortfall(@Nullable Response response) {
        if (response == null || response instanceof ErrorType) {
            return "Redis ran the command, but could not wait for replicas: " + response;
        }
        if (response.type() == ResponseType.MULTI) {
            boolean disk = response.get(0).toInteger() >= 1;
            int replicas = response.get(1).toInteger();
            return disk && replicas >= require.waitReplicas()
                    ? null
                    : "Redis ran the command, but in time only " + replicas + " of " + require.waitReplicas()
                            + " replicas had it on disk" + (disk ? "" : ", and its own disk had it not");
        }
        int replicas = response.toInteger();
        return replicas >= require.waitReplicas()
                ? null
                : "Redis ran the command, but in time only " + replicas + " of " + require.waitReplicas()
                        + " replicas acknowledged it";
    }
}
