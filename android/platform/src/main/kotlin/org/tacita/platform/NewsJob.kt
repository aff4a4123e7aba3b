package org.tacita.platform

import android.app.job.JobInfo
import android.app.job.JobParameters
import android.app.job.JobScheduler
import android.app.job.JobService
import android.content.ComponentName
import android.content.Context
import kotlinx.coroutines.Job

/** Looks for messages now and then, where no push service wakes the app. */
public class NewsJob : JobService() {
    private var look: Job? = null

    override fun onStartJob(parameters: JobParameters): Boolean {
        val host = applicationContext as? NewsHost ?: return false
        look = News(host).look { jobFinished(parameters, false) }
        return true
    }

    override fun onStopJob(parameters: JobParameters): Boolean {
        look?.cancel()
        return true
    }

    public companion object {
        private const val ID = 1

        /** The shortest time that Android allows. */
        private const val EVERY_MS = 15 * 60 * 1000L

        /** Has it done from now on, over restarts too. */
        public fun schedule(context: Context) {
            val job = JobInfo.Builder(ID, ComponentName(context, NewsJob::class.java))
                .setRequiredNetworkType(JobInfo.NETWORK_TYPE_ANY)
                .setPeriodic(EVERY_MS)
                .setPersisted(true)
                .build()
            context.service<JobScheduler>().schedule(job)
        }
    }
}
