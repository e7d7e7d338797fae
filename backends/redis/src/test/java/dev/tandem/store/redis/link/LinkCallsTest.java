package dev.tandem.store.redis.link;

import static dev.tandem.store.redis.link.Links.await;
import static dev.tandem.store.redis.link.Links.cmd;
import static dev.tandem.store.redis.link.Links.failure;
import static dev.tandem.store.redis.link.Links.incr;
import static dev.tandem.store.redis.link.Links.key;
import static dev.tandem.store.redis.link.Links.options;
import static dev.tandem.store.redis.link.Links.read;
import static dev.tandem.store.redis.link.Links.storeFailure;
import static dev.tandem.store.redis.link.Links.within;
import static dev.tandem.store.redis.link.Links.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.FailureKind;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.store.redis.servers.SharedServers;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.ErrorType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Calls to one server: what they answer, in which order and where, and what bounds them. */
class LinkCallsTest {
    private final Links links = new Links();

    @AfterEach
    void close() {
        links.close();
    }

    @Test
    void send_manyAtOnce_areAnsweredInOrder() {
        RedisLink link = links.open(SharedServers.standalone().url());
        List<Future<Response>> all =
                IntStream.range(0, 5_000).mapToObj(i -> write(link, "order")).toList();
        List<Integer> answers =
                all.stream().map(each -> await(each).toInteger()).toList();
        assertThat(answers).isEqualTo(IntStream.rangeClosed(1, 5_000).boxed().toList());
    }

    @Test
    void send_valuesOfAllSizes_comeBackAsTheyWent() {
        RedisLink link = links.open(SharedServers.standalone().url());
        for (int size : new int[] {0, 1, 9, 10, 99, 100, 65_536, 300_000, 1_000_000}) {
            byte[] value = new byte[size];
            new java.util.Random(size).nextBytes(value);
            await(link.send("sizes", cmd(Command.SET, key("sizes"), value), CallOptions.DEFAULT, true));
            assertThat(await(read(link, "sizes")).toBytes())
                    .as("of %s bytes", size)
                    .isEqualTo(value);
        }
    }

    @Test
    void send_fromAContext_completesOnIt() {
        RedisLink link = links.open(SharedServers.standalone().url());
        for (int i = 0; i < 4; i++) {
            Context context = links.vertx.getOrCreateContext();
            Promise<Boolean> same = Promise.promise();
            context.runOnContext(on -> write(link, "context")
                    .onComplete(answer -> same.complete(links.vertx.getOrCreateContext() == context)));
            assertThat(await(same.future())).isTrue();
        }
    }

    @Test
    void send_errorOfTheRequest_isPassedOn() {
        RedisLink link = links.open(SharedServers.standalone().url());
        assertThat(failure(link.send(
                        "errors", cmd(Command.EVALSHA, "0".repeat(40), 1, key("errors")), CallOptions.DEFAULT, true)))
                .isInstanceOf(ErrorType.class)
                .hasMessageStartingWith("NOSCRIPT");
        assertThat(await(write(link, "errors")).toInteger()).isEqualTo(1);
    }

    @Test
    void send_deadlinePassed_isNotSent() {
        RedisLink link = links.open(SharedServers.standalone().url());
        assertThat(storeFailure(link.send("late", incr("late"), within(Duration.ofNanos(-1)), true))
                        .kind())
                .isEqualTo(FailureKind.DEADLINE_PASSED);
        assertThat(await(read(link, "late"))).isNull();
    }

    @Test
    void send_deadlinePassesUnanswered_writeMayBeAppliedAndTheConnectionStays() {
        try (RedisServer server = RedisServer.start()) {
            RedisLink link = links.open(server.url());
            await(write(link, "n"));
            long generation = link.generation("n");
            server.pause();
            Future<Response> write = link.send("n", incr("n"), within(Duration.ofMillis(50)), true);
            Future<Response> read = link.send("n", Links.get("n"), within(Duration.ofMillis(50)), false);
            assertThat(storeFailure(write).kind()).isEqualTo(FailureKind.MAYBE_APPLIED);
            assertThat(storeFailure(read).kind()).isEqualTo(FailureKind.DEADLINE_PASSED);
            Future<Response> patient = write(link, "n");
            server.resume();
            assertThat(await(patient).toInteger())
                    .as("the late one was run after all")
                    .isEqualTo(3);
            assertThat(link.generation("n")).isEqualTo(generation);
        }
    }

    @Test
    void send_serverSilent_isGivenUpAndThenRefusedAtOnce() {
        try (RedisServer server = RedisServer.start()) {
            RedisLink link = links.open(
                    options(server.url()).callTimeout(Duration.ofMillis(200)).build());
            await(write(link, "n"));
            server.pause();
            assertThat(storeFailure(write(link, "n")).kind()).isEqualTo(FailureKind.MAYBE_APPLIED);
            // From now on nothing is sent, so nothing can be doubtful.
            await("refused at once", () -> {
                long before = System.nanoTime();
                boolean refused = storeFailure(write(link, "n")).kind() == FailureKind.NOT_APPLIED;
                return refused && System.nanoTime() - before < 50_000_000;
            });
            assertThat(storeFailure(write(link, "n"))).hasMessageContaining("is not available");
            server.resume();
            await(
                    "served again",
                    () -> read(link, "n").otherwiseEmpty().map(this::isThere).await());
        }
    }

    private boolean isThere(Response response) {
        return response != null;
    }

    @Test
    void send_beyondTheCount_isOverloaded() {
        try (RedisServer server = RedisServer.start()) {
            RedisLink link =
                    links.open(options(server.url()).calls(100, 1 << 20).build());
            await(write(link, "n"));
            server.pause();
            List<Future<Response>> all =
                    IntStream.range(0, 1_000).mapToObj(i -> write(link, "n")).toList();
            for (Future<Response> refused : all.subList(100, 1_000)) {
                assertThat(storeFailure(refused).kind()).isEqualTo(FailureKind.OVERLOADED);
            }
            server.resume();
            assertThat(await(all.get(99)).toInteger()).isEqualTo(101);
            assertThat(await(read(link, "n")).toInteger())
                    .as("the refused ones were not sent")
                    .isEqualTo(101);
        }
    }

    @Test
    void send_beyondTheBytes_isOverloaded() {
        try (RedisServer server = RedisServer.start()) {
            RedisLink link =
                    links.open(options(server.url()).calls(10_000, 1_000_000).build());
            await(write(link, "n"));
            server.pause();
            byte[] value = new byte[100_000];
            List<Future<Response>> all = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                all.add(link.send("v", cmd(Command.RPUSH, key("v"), value), CallOptions.DEFAULT, true));
            }
            assertThat(storeFailure(all.get(9)).kind()).isEqualTo(FailureKind.OVERLOADED);
            assertThat(storeFailure(all.get(19)).kind()).isEqualTo(FailureKind.OVERLOADED);
            server.resume();
            assertThat(await(all.get(8)).toInteger()).isEqualTo(9);
        }
    }

    @Test
    void sendBlocking_whileItWaits_othersAreServed() {
        RedisLink link = links.open(SharedServers.standalone().url());
        Future<Response> popped = link.sendBlocking("queue", cmd(Command.BLPOP, key("queue"), 20));
        assertThat(await(read(link, "other"))).isNull();
        assertThat(popped.isComplete()).isFalse();
        await(link.send("queue", cmd(Command.RPUSH, key("queue"), "first"), CallOptions.DEFAULT, true));
        assertThat(await(popped).get(1).toString()).isEqualTo("first");
        // The next one takes the same connection.
        long generation = link.generation("queue");
        assertThat(await(link.sendBlocking("queue", cmd(Command.BLPOP, key("queue"), "0.01"))))
                .isNull();
        assertThat(link.generation("queue")).isEqualTo(generation);
    }

    @Test
    void send_afterClose_isNotApplied() {
        RedisLink link = links.open(SharedServers.standalone().url());
        await(link.close());
        assertThat(storeFailure(write(link, "closed")).kind()).isEqualTo(FailureKind.NOT_APPLIED);
    }
}
