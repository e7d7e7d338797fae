package dev.tandem.store.redis.servers;

import java.time.Duration;
import java.util.List;
import redis.clients.jedis.exceptions.JedisDataException;

/** A primary, a replica and one Sentinel that speak TLS and ask for passwords, each other included. */
public final class SecuredReplication implements AutoCloseable {
    public static final String PASSWORD = "s3cret";
    public static final String SENTINEL_PASSWORD = "w4tchman";
    private static final String NAME = "secured";
    private static final Duration BOUND = Duration.ofSeconds(30);

    private final RedisServer primary;
    private final RedisServer replica;
    private final RedisServer sentinel;

    private SecuredReplication(RedisServer primary, RedisServer replica, RedisServer sentinel) {
        this.primary = primary;
        this.replica = replica;
        this.sentinel = sentinel;
    }

    public static SecuredReplication start(TestCertificate own) {
        RedisServer primary =
                RedisServer.beginWithTls("primary", own, PASSWORD, List.of("masterauth " + PASSWORD), false);
        primary.awaitReady();
        RedisServer replica = RedisServer.beginWithTls(
                "replica",
                own,
                PASSWORD,
                List.of(
                        "masterauth " + PASSWORD,
                        "repl-diskless-sync-delay 0",
                        "replicaof 127.0.0.1 " + primary.tlsPort()),
                false);
        replica.awaitInfo("replication", "master_link_status:up");
        RedisServer sentinel = RedisServer.beginWithTls(
                "sentinel",
                own,
                SENTINEL_PASSWORD,
                List.of(
                        "sentinel monitor " + NAME + " 127.0.0.1 " + primary.tlsPort() + " 1",
                        "sentinel auth-pass " + NAME + " " + PASSWORD,
                        "sentinel down-after-milliseconds " + NAME + " " + RedisReplication.DOWN_AFTER_MILLIS,
                        "sentinel failover-timeout " + NAME + " 3000",
                        "sentinel known-replica " + NAME + " 127.0.0.1 " + replica.tlsPort()),
                true);
        sentinel.awaitReady();
        sentinel.awaitReply("OK 1 usable Sentinels", "SENTINEL", "CKQUORUM", NAME);
        return new SecuredReplication(primary, replica, sentinel);
    }

    public String url() {
        return "rediss+sentinel://127.0.0.1:" + sentinel.tlsPort() + "/" + NAME;
    }

    /** Asks the Sentinel for a failover, and waits until the replica is the primary. */
    public void failOver() {
        Workshop.await("the Sentinel begins", BOUND, () -> {
            try {
                sentinel.command("SENTINEL", "FAILOVER", NAME);
                return true;
            } catch (JedisDataException e) {
                return false; // it has not looked at the replica yet
            }
        });
        replica.awaitInfo("replication", "role:master");
    }

    @Override
    public void close() {
        sentinel.close();
        replica.close();
        primary.close();
    }
}
