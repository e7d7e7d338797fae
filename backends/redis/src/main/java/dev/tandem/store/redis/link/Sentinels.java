package dev.tandem.store.redis.link;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The Sentinels of a primary: they are asked where it is, and tell when it has moved.
 *
 * <p>All are asked, and the one whose configuration is newest counts, since one that was cut off, or has not heard of a
 * failover yet, would name the old primary; never one older than what was known before. While one of them runs a failover there is no primary: the old one would take
 * writes, which another replica may even acknowledge, until it is told that it is a replica now and forgets them. Has a
 * context of its own.
 */
final class Sentinels {
    /** A failover begins: the first words of it, some tenths of a second before a replica is promoted. */
    private static final String BEGINS = "+failover-state-select-slave";

    private static final String SWITCHED = "+switch-master";
    /** A Sentinel that has stopped must not hold up the others for longer. */
    static final int ANSWER_MILLIS_MAX = 500;

    private static final String IN_PROGRESS = "failover_in_progress";

    private final ContextInternal context;
    private final RedisOptions options;
    private final Connector connector;
    private final Runnable switched;
    private final List<Sentinel> all;
    private @Nullable Endpoint known;
    /** What an answer's configuration has to be at least. */
    private long epochMin;

    private @Nullable Future<Endpoint> asking;
    private boolean closed;

    /** @param switched called, on this object's context, when a Sentinel says that the primary moves or has moved */
    Sentinels(ContextInternal context, RedisOptions options, Connector connector, Runnable switched) {
        this.context = context;
        this.options = options;
        this.connector = connector;
        this.switched = switched;
        this.all = options.address().endpoints().stream().map(Sentinel::new).toList();
    }

    /** Where the primary is now; fails with a {@link ConnectFailure}. Completes on the caller's context. */
    Future<Endpoint> primary(ContextInternal caller) {
        Promise<Endpoint> found = caller.promise();
        context.emit(on -> {
            Future<Endpoint> current = asking;
            if (current == null) {
                Promise<Endpoint> answer = context.promise();
                current = answer.future();
                asking = current;
                new Question(answer).ask();
                answer.future().onComplete(any -> asking = null);
            }
            current.onComplete(found);
        });
        return found.future();
    }

    void close() {
        context.emit(on -> {
            closed = true;
            all.forEach(Sentinel::close);
        });
    }

    private record Answer(Endpoint primary, long epoch, boolean failingOver) {}

    /** Asks all Sentinels once. */
    private final class Question {
        private final Promise<Endpoint> promise;
        private int outstanding = all.size();
        private @Nullable Answer newest;
        /** Of the Sentinel that runs a failover, which goes on naming the old primary until it is done with the rest. */
        private @Nullable Answer failingOver;

        private String why = "";

        Question(Promise<Endpoint> promise) {
            this.promise = promise;
        }

        void ask() {
            for (Sentinel each : all) {
                each.ask().onComplete(asked -> {
                    outstanding--;
                    if (asked.succeeded()) {
                        take(asked.result());
                    } else {
                        why = String.valueOf(asked.cause().getMessage());
                    }
                    if (outstanding == 0) {
                        decide();
                    }
                });
            }
        }

        private void take(Answer answer) {
            if (answer.failingOver()) {
                failingOver = answer;
            } else if (newest == null || answer.epoch() > newest.epoch()) {
                newest = answer;
            }
        }

        private void decide() {
            String name = options.address().primaryName();
            if (newest == null && failingOver == null) {
                fail("No Sentinel of " + options.address().servers() + " tells where the primary " + name + " is: "
                        + why);
            } else if (newest == null || newest.epoch() < epochMin || !isAfter(newest, failingOver)) {
                fail("The Sentinels are making another server the primary " + name);
            } else {
                known = newest.primary();
                epochMin = newest.epoch();
                promise.tryComplete(newest.primary());
            }
        }

        /** Whether {@code answer} tells what came of the failover, if there is one. */
        private static boolean isAfter(Answer answer, @Nullable Answer failingOver) {
            return failingOver == null
                    || answer.epoch() > failingOver.epoch()
                    || (answer.epoch() == failingOver.epoch()
                            && !answer.primary().equals(failingOver.primary()));
        }

        private void fail(String reason) {
            promise.tryFail(new ConnectFailure(reason, false));
        }
    }

    private void moved(Endpoint primary) {
        // Each Sentinel tells it when it has heard of it.
        if (!primary.equals(known)) {
            known = primary;
            epochMin++;
            switched.run();
        }
    }

    /** One of them, and the connection over which it is asked and tells. */
    private final class Sentinel {
        private final Endpoint endpoint;
        private @Nullable Connection connection;

        Sentinel(Endpoint endpoint) {
            this.endpoint = endpoint;
        }

        Future<Answer> ask() {
            Promise<Answer> answered = context.promise();
            long timer = context.setTimer(ANSWER_MILLIS_MAX, id -> {
                String late = "the Sentinel at " + endpoint + " did not answer";
                if (answered.tryFail(new ConnectFailure(late, false)) && connection != null) {
                    connection.close(late);
                }
            });
            connection().compose(this::master).onComplete(result -> {
                context.owner().cancelTimer(timer);
                if (result.succeeded()) {
                    answered.tryComplete(result.result());
                } else {
                    answered.tryFail(result.cause());
                }
            });
            return answered.future();
        }

        private Future<Answer> master(Connection open) {
            Request question = Request.cmd(Command.SENTINEL)
                    .arg("MASTER")
                    .arg(options.address().primaryName());
            return open.request(question).map(this::read);
        }

        private Answer read(Response master) {
            Map<String, String> fields = new HashMap<>();
            for (String key : master.getKeys()) {
                fields.put(key, String.valueOf(master.get(key)));
            }
            return new Answer(
                    Endpoint.of(fields.getOrDefault("ip", ""), Integer.parseInt(fields.getOrDefault("port", "0"))),
                    Long.parseLong(fields.getOrDefault("config-epoch", "0")),
                    fields.getOrDefault("flags", "").contains(IN_PROGRESS));
        }

        private Future<Connection> connection() {
            if (connection != null && connection.isOpen()) {
                return context.succeededFuture(connection);
            }
            if (closed) {
                return context.failedFuture(new ConnectFailure("The Redis store is closed", false));
            }
            return connector.toSentinel(endpoint).onSuccess(this::listen);
        }

        private void listen(Connection made) {
            if (connection != null && connection.isOpen()) {
                connection.close("another connection was made");
            }
            connection = made;
            made.onPush(this::told);
            made.onClose(why -> {
                if (!closed) {
                    // To be told again; its absence is no reason to look for another primary.
                    context.setTimer(options.reconnectDelayMax().toMillis(), id -> connection());
                }
            });
            made.push(Request.cmd(Command.SUBSCRIBE).arg(BEGINS).arg(SWITCHED));
        }

        private void told(Response push) {
            if (push.size() != 3 || !"message".equals(String.valueOf(push.get(0)))) {
                return;
            }
            String name = options.address().primaryName();
            String[] words = String.valueOf(push.get(2)).split(" ", -1);
            if (String.valueOf(push.get(1)).equals(SWITCHED)) {
                // name old-ip old-port new-ip new-port
                if (words.length == 5 && words[0].equals(name)) {
                    moved(Endpoint.of(words[3], Integer.parseInt(words[4])));
                }
            } else if (words.length > 1 && words[1].equals(name)) {
                switched.run(); // master name ip port
            }
        }

        void close() {
            if (connection != null) {
                connection.close("this sidecar closes");
            }
        }
    }
}
