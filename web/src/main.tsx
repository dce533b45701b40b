import { render } from 'preact';
import { createApi } from './api.ts';
import { App } from './app.tsx';
import { loadPreferences } from './preferences.ts';
import { followRoute } from './route.ts';
import { createStore } from './store.ts';
import { followStream } from './stream.ts';
import 'uplot/dist/uPlot.min.css';
import './style.css';

const page = document.getElementById('page');
if (page !== null) {
  const baseUrl = new URL('./', location.href).href;
  const preferences = loadPreferences(localStorage, navigator.language);
  const store = createStore(createApi(baseUrl), followRoute(window), (hash) => {
    location.hash = hash;
  });
  render(<App store={store} preferences={preferences} shelf={localStorage} />, page);
  followStream(store, new URL('api/stream', baseUrl));
  void store.reload();
}
