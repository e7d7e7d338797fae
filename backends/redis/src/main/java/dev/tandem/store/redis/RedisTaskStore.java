package dev.tandem.store.redis;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.store.redis.link.LinkStatus;
import dev.tandem.store.redis.link.NewerConnection;
import dev.tandem.store.redis.link.RedisLink;
import dev.tandem.task.Bytes;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.ErrorType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store that keeps tasks in Redis, for any number of processes at a time.
 *
 * <p>A command is one script, run on the server as one atomic step, in one round trip; what its success means for the
 * disk is what the server's settings say. Reads go to the primary and are linearizable as long as it is the only one.
 *
 * <p>Failures: those of the {@link RedisLink}; CORRUPT for a record that can't be read; NOT_APPLIED for a namespace whose
 * server has lost writes that it had acknowledged, until {@link #accept}. Safe for use by several threads.
 */
public final class RedisTaskStore implements TaskStore {
    private static final Logger LOG = LoggerFactory.getLogger(RedisTaskStore.class);

    /** How far an accepted loss raises the versions: above all that can have been given out and lost. */
    static final long ACCEPTED_RAISE = 1_000_000_000_000L;

    /** The name under which the link finds the registry of namespaces; no namespace can have it. */
    static final String REGISTRY = ":namespaces";

    static final byte[] REGISTRY_KEY = ("tandem:" + RedisLink.hashTag(REGISTRY)).getBytes(StandardCharsets.UTF_8);

    /**
     * What can be set.
     *
     * @param tombstoneKeep how long a deleted task's tombstone, and a leader's lease that ended, is kept
     * @param changesMax about how many changes of a namespace are kept for those who read them later; a reader that is
     *     further behind has to list anew
     */
    public record Settings(Duration tombstoneKeep, int changesMax) {
        public static final Settings DEFAULT =
                new Settings(Duration.ofMillis(Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT), 100_000);
    }

    private final VertxInternal vertx;
    private final RedisLink link;
    private final Settings settings;
    private final StoreObserver observer;
    private final Queries queries;
    private final Watchers watchers;
    private final ConcurrentHashMap<String, Space> spaces = new ConcurrentHashMap<>();
    /** Namespaces that refused the last command of this process because of lost writes; some of {@code spaces}. */
    private final Set<String> stopped = ConcurrentHashMap.newKeySet();
    /** This process's name in the streams, and the era of the namespaces that it makes. */
    private final String writer;

    private volatile boolean closed;

    /** A store that reaches its servers by {@code link}, and closes it when it is closed itself. */
    public RedisTaskStore(Vertx vertx, RedisLink link, Settings settings, StoreObserver observer) {
        this(vertx, link, settings, observer, word());
    }

    /** @param writer a word of 12 letters that no other store has */
    RedisTaskStore(Vertx vertx, RedisLink link, Settings settings, StoreObserver observer, String writer) {
        if (writer.length() != CommandPacker.WORD_LENGTH) {
            throw new IllegalArgumentException("a writer's name has 12 letters: " + writer);
        }
        this.writer = writer;
        this.vertx = (VertxInternal) vertx;
        this.link = link;
        this.settings = settings;
        this.observer = observer;
        this.queries = new Queries(this, observer);
        this.watchers = new Watchers(this.vertx, link);
    }

    /** Random and short: it is in every entry of the streams. */
    private static String word() {
        return UUID.randomUUID().toString().substring(24);
    }

    RedisLink link() {
        return link;
    }

    /** Not kept for a namespace that is only read. */
    Space space(String namespace) {
        Space known = spaces.get(namespace);
        return known != null ? known : new Space(namespace);
    }

    @Override
    public Future<Outcome> execute(TaskCommand command, CallOptions options) {
        StoreException refused = refusal(options);
        if (refused != null) {
            return failed(refused);
        }
        Space space = spaces.computeIfAbsent(command.namespace(), Space::new);
        Verb verb = command.verb();
        if (verb instanceof Verb.Create
                || verb instanceof Verb.AcquireLease
                || verb instanceof Verb.Mirror
                || verb instanceof Verb.MoveGate) {
            long generation = link.generation(REGISTRY);
            if (!space.isRegistered(generation)) {
                return register(space, options).compose(done -> run(space, command, options));
            }
        }
        return run(space, command, options);
    }

    /** Before a namespace gets its first record, it is put on the list; once for each connection, lest it was lost. */
    private Future<Void> register(Space space, CallOptions options) {
        Request add = Request.cmd(Command.SADD).arg(REGISTRY_KEY).arg(space.namespace);
        return link.send(REGISTRY, add, options, true)
                .recover(e -> Future.failedFuture(notBegun(e)))
                .map(added -> {
                    space.registered(link.generation(REGISTRY));
                    return null;
                });
    }

    /** Whatever became of the entry in the list, the command itself was not sent. */
    private static Throwable notBegun(Throwable e) {
        return e instanceof StoreException failure && failure.kind() == FailureKind.MAYBE_APPLIED
                ? new StoreException(FailureKind.NOT_APPLIED, "nothing was changed: " + failure.getMessage(), failure)
                : e;
    }

    private Future<Outcome> run(Space space, TaskCommand command, CallOptions options) {
        Promise<Outcome> outcome = vertx.getOrCreateContext().promise();
        run(space, command, options, outcome);
        return outcome.future();
    }

    private void run(Space space, TaskCommand command, CallOptions options, Promise<Outcome> outcome) {
        Space.Expectation expected = space.expect(link.generation(space.namespace));
        byte[][] arguments;
        try {
            arguments = CommandPacker.arguments(command, expected, writer, settings);
        } catch (IllegalArgumentException e) {
            outcome.fail(Failures.unfit(e));
            return;
        }
        Script script = Script.of(command.verb());
        boolean namesOutbox = script.needsOutbox() || space.hasOutbox(command.epoch());
        call(space, new Script.Run(script, namesOutbox, List.of(arguments)), options, true, expected.generation())
                .onComplete(result -> {
                    if (result.succeeded() && Replies.isOutboxMissing(result.result())) {
                        space.foundOutbox(command.epoch());
                        run(space, command, options, outcome);
                    } else if (result.succeeded()) {
                        try {
                            outcome.complete(answered(space, expected, command, result.result()));
                        } catch (RuntimeException e) {
                            outcome.fail(e);
                        }
                    } else if (result.cause() instanceof NewerConnection) {
                        // What the command expects of the server has to say so, too.
                        run(space, command, options, outcome);
                    } else {
                        outcome.fail(result.cause());
                    }
                });
    }

    /** Fails as FENCED if the gate is of another epoch than that of the options. */
    Future<Response> query(Space space, Script script, CallOptions options, byte[] body) {
        byte[][] arguments = options.epoch() == CallOptions.ANY_EPOCH
                ? new byte[][] {body}
                : new byte[][] {body, Long.toString(options.epoch()).getBytes(StandardCharsets.US_ASCII)};
        Script.Run run = new Script.Run(script, script.needsOutbox(), List.of(arguments));
        return call(space, run, options, false, RedisLink.ANY_GENERATION).map(Replies::unlessFenced);
    }

    /** Runs a script; a server that does not know it is sent its text. */
    private Future<Response> call(
            Space space, Script.Run run, CallOptions options, boolean isWrite, long lastGeneration) {
        return link.send(space.namespace, run.bySha(space), options, isWrite, lastGeneration)
                .recover(e -> e instanceof ErrorType error && error.is("NOSCRIPT")
                        ? callUnknown(space, run, options, isWrite, lastGeneration)
                        : Future.failedFuture(named(space, e)));
    }

    /** The first call of many brings the text, which is long; the others wait for it. */
    private Future<Response> callUnknown(
            Space space, Script.Run run, CallOptions options, boolean isWrite, long lastGeneration) {
        Promise<Response> first = vertx.getOrCreateContext().promise();
        Future<Response> other = space.loading.putIfAbsent(run.script(), first.future());
        if (other != null) {
            return other.transform(loaded -> call(space, run, options, isWrite, lastGeneration));
        }
        observer.scriptLoaded();
        link.send(space.namespace, run.byText(space), options, isWrite, lastGeneration)
                .onComplete(answer -> {
                    space.loading.remove(run.script());
                    first.handle(answer);
                });
        return first.future().recover(e -> Future.failedFuture(named(space, e)));
    }

    private static Throwable named(Space space, Throwable e) {
        return e instanceof ErrorType error ? Failures.ofReply(space.namespace, error) : e;
    }

    private Outcome answered(Space space, Space.Expectation expected, TaskCommand command, Response response) {
        Response reply = response;
        String era = null;
        if (reply.get(0).toInteger() == Replies.OTHER_ERA) {
            era = reply.get(1).toString();
            reply = reply.get(2);
        }
        int kind = reply.get(0).toInteger();
        if (kind == Replies.LOST_WRITES) {
            long missing = reply.get(1).toLong();
            long found = reply.get(2).toLong();
            stopped(space, missing, found);
            throw Failures.lostWrites(space.namespace, missing, found);
        } else if (kind == Replies.NEWER_LAYOUT) {
            throw Failures.newerLayout(reply.get(1).toLong());
        } else if (kind == Replies.FOREIGN_KEYS) {
            throw Failures.foreignKeys(space.namespace);
        }
        if (!stopped.isEmpty() && stopped.remove(space.namespace)) {
            LOG.info("Namespace {} can be written to again", space.namespace);
        }
        if (kind == Replies.FENCED) {
            throw StoreException.fenced(Replies.gate(reply, 1, Bytes.EMPTY));
        }
        long written = reply.get(2).toLong();
        space.answered(expected, era, reply.get(1).toLong(), written, link.generation(space.namespace));
        if (written > 0 || kind == Replies.GATED) {
            watchers.changed(space.namespace);
        }
        return Replies.outcome(command, kind, reply, observer);
    }

    private void stopped(Space space, long missing, long found) {
        if (stopped.add(space.namespace)) {
            LOG.error(
                    "Redis has lost writes of namespace {} that it had acknowledged: version {} is missing, it is at"
                            + " {}. Nobody writes to it until the loss is accepted: docs/redis.md says how",
                    space.namespace,
                    missing,
                    found);
            // So that operators find it, if the list of namespaces was lost as well.
            register(space, CallOptions.DEFAULT).onFailure(e -> LOG.warn("It could not be listed: {}", e.getMessage()));
        }
        observer.writesLost(space.namespace, missing, found);
    }

    @Override
    public <R> Future<R> query(TaskQuery<R> query, CallOptions options) {
        StoreException refused = refusal(options);
        return refused != null ? failed(refused) : queries.answer(query, options);
    }

    private @Nullable StoreException refusal(CallOptions options) {
        if (closed) {
            return Failures.closed();
        }
        return options.isPast(System.nanoTime()) ? Failures.pastDeadline() : null;
    }

    private <R> Future<R> failed(StoreException failure) {
        ContextInternal context = vertx.getOrCreateContext();
        return context.failedFuture(failure);
    }

    @Override
    public Subscription subscribe(String namespace, Runnable listener) {
        return watchers.add(namespace, vertx.getOrCreateContext(), listener);
    }

    /**
     * Lets a namespace be written again whose server has lost acknowledged writes. What was lost stays lost; its versions
     * are not given out again.
     *
     * @return whether there was a loss to accept
     */
    public Future<Boolean> accept(String namespace, CallOptions options) {
        byte[] body =
                new PackWriter(32).array(2).text(word()).number(ACCEPTED_RAISE).toArray();
        return call(
                        space(namespace),
                        new Script.Run(Script.ACCEPT, false, List.of(body)),
                        options,
                        true,
                        RedisLink.ANY_GENERATION)
                .map(reply -> reply.get(0).toInteger() == 1);
    }

    /** What there is to know of a namespace as a whole; empty if nothing was ever written to it. */
    public Future<Optional<NamespaceStatus>> status(String namespace, CallOptions options) {
        return queries.status(namespace, options);
    }

    /** What there is to know of each namespace that was ever written to, sorted by name. */
    public Future<List<NamespaceStatus>> status(CallOptions options) {
        return queries.statusOfAll(options);
    }

    /** How the connections stand. Completes on the caller's context. */
    public Future<LinkStatus> linkStatus() {
        return link.status();
    }

    /** How many namespaces have refused this process's last command because the server has lost writes of them. */
    public int stoppedNamespaces() {
        return stopped.size();
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities(link.durability(), true, 1);
    }

    @Override
    public Future<Void> close() {
        closed = true;
        watchers.close();
        return link.close();
    }
}
