// The chart of payouts by day. Its figures come with the page, and again with every part that is asked for anew.
(() => {
  const place = () => document.getElementById("volume-chart");
  if (!place()) return;
  let chart = null;

  const color = (name) => getComputedStyle(place()).getPropertyValue(`--chart-${name}`).trim();
  const figures = () => JSON.parse(document.getElementById("volume-data").textContent);

  const dataset = ({ status, title, counts }) => ({
    label: title,
    data: counts,
    backgroundColor: color(status),
    hoverBackgroundColor: color(status),
    borderColor: color("ground"),
    borderWidth: 1,
    maxBarThickness: 56,
  });

  const axis = (more) => ({
    stacked: true,
    ticks: { color: color("text"), precision: 0 },
    border: { color: color("line") },
    ...more,
  });

  const options = () => ({
    animation: false,
    maintainAspectRatio: false,
    interaction: { mode: "index", intersect: false },
    plugins: { legend: { position: "bottom", labels: { color: color("text"), boxWidth: 12, boxHeight: 12 } } },
    scales: {
      x: axis({ grid: { display: false } }),
      y: axis({ beginAtZero: true, grid: { color: color("line") } }),
    },
  });

  const draw = () => {
    const { days, series } = figures();
    const isEmpty = series.every(({ counts }) => counts.every((count) => count === 0));
    place().hidden = isEmpty;
    if (isEmpty) return;
    const data = { labels: days, datasets: series.map(dataset) };
    if (chart) {
      Object.assign(chart.data, data);
      chart.options = options();
      chart.update();
    } else {
      chart = new Chart(place().querySelector("canvas"), { type: "bar", data, options: options() });
    }
  };

  draw();
  document.addEventListener("liveupdate", draw);
  document.addEventListener("themechange", draw);
})();
