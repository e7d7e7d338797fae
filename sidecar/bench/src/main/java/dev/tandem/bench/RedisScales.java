package dev.tandem.bench;

import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.time.Duration;

/** Weighs tasks by what a Redis server says that it uses. */
record RedisScales(PlainRedis redis) implements ScaleMeasurement.Scales {
    private static final Duration SETTLE_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration SETTLE_POLL = Duration.ofMillis(50);

    @Override
    public String describe() {
        return "used_memory of the server";
    }

    @Override
    public long usedBytes() {
        long deadline = System.nanoTime() + SETTLE_TIMEOUT.toNanos();
        while (true) {
            ServerStats stats = ServerStats.parse(
                    redis.ask(Request.cmd(Command.INFO).arg("memory")).toString());
            if (stats.toBeFreed() == 0) {
                return stats.usedBytes();
            }
            if (System.nanoTime() - deadline > 0) {
                throw new BenchException(
                        "the server has not freed what was removed within " + SETTLE_TIMEOUT.toSeconds() + " s");
            }
            Waiting.pause(SETTLE_POLL);
        }
    }
}
