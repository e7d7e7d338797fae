package dev.tandem.robustness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.redis.servers.RedisServer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A Redis that dies and comes back, or stands still, under the load of sidecars that live. */
class RedisFaultsTest {
    private static final Duration CALL_MAX = Duration.ofSeconds(2);
    private static final Duration PROGRESS_MAX = Duration.ofSeconds(60);
    private static final int CLIENTS = 12;

    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void redis_killedAndStoppedUnderLoad_losesNothingThatWasAcknowledged() {
        harm(2);
    }

    @Test
    @Tag("long")
    void redis_killedAndStoppedManyTimesUnderLoad_losesNothingThatWasAcknowledged() {
        harm(Integer.getInteger("tandem.kills", 20));
    }

    /** Kills it the first time, stops it the second time, and so on. */
    private void harm(int times) {
        RedisServer server = lab.closing(RedisServer.start("appendonly yes", "appendfsync always"));
        SidecarProcess one = overRedis(server);
        SidecarProcess other = overRedis(server);
        Workload work = lab.closing(new Workload(
                lab.vertx(), List.of(one.address(), other.address()), lab.seed(), CLIENTS, CALL_MAX, Defect.NONE));
        Watcher watcher = lab.closing(new Watcher(lab.vertx(), one.address(), Workload.STEADY.namespace()));
        long idleMib = one.residentMib();
        watcher.start();
        work.start();
        for (int time = 1; time <= times; time++) {
            work.progress().awaitMore(Progress.ACKNOWLEDGED, 150, PROGRESS_MAX);
            if (time % 2 == 1) {
                server.kill();
                work.progress().awaitMore("NOT_APPLIED", 50, PROGRESS_MAX);
                server.restart();
            } else {
                // How many calls it leaves in doubt depends on how many it had in hand.
                server.pause();
                work.progress().awaitMore("NOT_APPLIED", 50, PROGRESS_MAX);
                server.resume();
            }
        }
        work.progress().awaitMore(Progress.ACKNOWLEDGED, 150, PROGRESS_MAX);
        work.finish();
        System.out.println("a Redis killed and stopped " + times + " times: " + work.progress() + "; watch: "
                + watcher.progress() + "; " + idleMib + " MiB idle, " + one.residentMib() + " MiB at the end");
        work.check();
        watcher.checkAgainst(Workload.STEADY);
        assertThat(one.output() + other.output())
                .as("a loss where the settings promise none")
                .doesNotContain("lost writes");
    }

    private SidecarProcess overRedis(RedisServer server) {
        SidecarProcess sidecar = lab.sidecarOver(
                server.url(),
                "--redis-require",
                "fsync",
                // A stopped server is given up soon.
                "--redis-call-timeout",
                "500ms");
        sidecar.start();
        return sidecar;
    }
}
