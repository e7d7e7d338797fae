package dev.tandem.app.sidecar;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.LayoutBase;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import dev.tandem.app.config.LogFormat;
import dev.tandem.app.config.LogLevel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * Where log events go: to stdout, as text or JSON.
 *
 * <p>Lines are written by a thread of their own, through a bounded queue: whoever reads our stdout too slowly loses lines,
 * but never holds up a call.
 */
public final class Logging {
    /** The most lines that wait to be written; more are lost. */
    private static final int LINES_MAX = 1024;

    /** How long the last lines may take to be written when the process ends. */
    private static final int FLUSH_MILLIS_MAX = 1000;

    /** What warns of things that are as they should be: elections, members that restart, how we have set it up. */
    private static final List<String> TALKATIVE = List.of(
            "com.hazelcast.cp.internal",
            "com.hazelcast.instance.AddressPicker",
            "com.hazelcast.instance.impl.HazelcastInstanceFactory",
            "com.hazelcast.internal.metrics",
            "com.hazelcast.internal.server.tcp",
            "com.hazelcast.spi.impl",
            // Hazelcast logs under the names of what it calls.
            "dev.tandem.store.raft.member.CatchUpService",
            "dev.tandem.store.raft.member.ReadAtLeader",
            "dev.tandem.store.raft.member.ViewOperation");

    private Logging() {}

    /**
     * Logs as configured from now on.
     *
     * @param isTerminal whether a person looks at stdout
     */
    public static void start(LogLevel level, LogFormat format, boolean isTerminal) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        boolean isText = format == LogFormat.TEXT || (format == LogFormat.AUTO && isTerminal);

        LayoutBase<ILoggingEvent> layout = isText ? new TextLines() : new JsonLines();
        layout.setContext(context);
        layout.start();
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setContext(context);
        encoder.setCharset(StandardCharsets.UTF_8);
        encoder.setLayout(layout);
        encoder.start();
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(context);
        console.setEncoder(encoder);
        console.start();
        AsyncAppender queue = new AsyncAppender();
        queue.setContext(context);
        queue.setQueueSize(LINES_MAX);
        queue.setNeverBlock(true);
        queue.setMaxFlushTime(FLUSH_MILLIS_MAX);
        queue.addAppender(console);
        queue.start();

        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.addAppender(queue);
        root.setLevel(Level.toLevel(level.name()));
        if (level != LogLevel.TRACE && level != LogLevel.DEBUG) {
            // What libraries say at INFO is about themselves.
            Level grave = level == LogLevel.ERROR ? Level.ERROR : Level.WARN;
            context.getLogger("io").setLevel(grave);
            context.getLogger("com.hazelcast").setLevel(grave);
            TALKATIVE.forEach(name -> context.getLogger(name).setLevel(Level.ERROR));
        }
    }

    /** Brings what libraries say to java.util.logging here as well. */
    static void bridgeJavaLogging() {
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
    }

    /** Writes what still waits, and logs no more. */
    public static void stop() {
        ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
    }

    /** Keeps logback from looking for its own configuration files: until {@link #start}, only warnings are shown. */
    public static final class Quiet extends ContextAwareBase implements Configurator {
        @Override
        public ExecutionStatus configure(LoggerContext context) {
            TextLines layout = new TextLines();
            layout.setContext(context);
            layout.start();
            LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
            encoder.setContext(context);
            encoder.setCharset(StandardCharsets.UTF_8);
            encoder.setLayout(layout);
            encoder.start();
            ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
            console.setContext(context);
            console.setTarget("System.err");
            console.setEncoder(encoder);
            console.start();
            ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
            root.addAppender(console);
            root.setLevel(Level.WARN);
            return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
        }
    }
}
